using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The current person's preferences.</summary>
public sealed class PreferenceStore(Database database, OrganizationScope scope)
{
    public async Task<StoredPreferences> FindAsync(CancellationToken cancellation)
    {
        var row = await database.FindAsync<Row>(
            """
            select selected_provider, selected_model, selected_framework, theme, language, enable_notifications,
                enable_analytics, enable_history, enable_feedback, max_history_days, auto_cleanup, preferences,
                updated_at
            from ops.user_preference
            where user_id = @UserId
            """,
            new { scope.Actor.UserId }, cancellation);
        return row?.ToPreferences() ?? new(new UserPreferences(Preferences: []), null);
    }

    /// <summary>Null when somebody changed them after <paramref name="known"/> was read.</summary>
    public async Task<StoredPreferences?> TryChangeAsync(
        StoredPreferences known, UserPreferences wanted, CancellationToken cancellation)
    {
        var updatedAt = await database.FindAsync<DateTimeOffset?>(
            """
            insert into ops.user_preference as p (id, user_id, selected_provider, selected_model, selected_framework,
                theme, language, enable_notifications, enable_analytics, enable_history, enable_feedback,
                max_history_days, auto_cleanup, preferences)
            values (@id, @UserId, @SelectedProvider, @SelectedModel, @SelectedFramework, @Theme, @Language,
                @EnableNotifications, @EnableAnalytics, @EnableHistory, @EnableFeedback, @MaxHistoryDays, @AutoCleanup,
                @preferences)
            on conflict (user_id) do update
            set selected_provider = excluded.selected_provider, selected_model = excluded.selected_model,
                selected_framework = excluded.selected_framework, theme = excluded.theme, language = excluded.language,
                enable_notifications = excluded.enable_notifications, enable_analytics = excluded.enable_analytics,
                enable_history = excluded.enable_history, enable_feedback = excluded.enable_feedback,
                max_history_days = excluded.max_history_days, auto_cleanup = excluded.auto_cleanup,
                preferences = excluded.preferences, updated_at = clock_timestamp()
            where p.updated_at = @knownAt::timestamptz
            returning updated_at
            """,
            new
            {
                id = Guid.CreateVersion7(), scope.Actor.UserId, wanted.SelectedProvider, wanted.SelectedModel,
                wanted.SelectedFramework, wanted.Theme, wanted.Language, wanted.EnableNotifications,
                wanted.EnableAnalytics, wanted.EnableHistory, wanted.EnableFeedback, wanted.MaxHistoryDays,
                wanted.AutoCleanup, preferences = wanted.Preferences ?? [], knownAt = known.UpdatedAt,
            },
            cancellation);
        return updatedAt is null
            ? null
            : new(wanted with { Preferences = wanted.Preferences ?? [] }, updatedAt);
    }

    private sealed record Row(
        string? SelectedProvider, string? SelectedModel, string SelectedFramework, string Theme, string Language,
        bool EnableNotifications, bool EnableAnalytics, bool EnableHistory, bool EnableFeedback, int MaxHistoryDays,
        bool AutoCleanup, JsonObject Preferences, DateTimeOffset UpdatedAt)
    {
        public StoredPreferences ToPreferences() => new(
            new UserPreferences(
                SelectedProvider, SelectedModel, SelectedFramework, Theme, Language, EnableNotifications,
                EnableAnalytics, EnableHistory, EnableFeedback, MaxHistoryDays, AutoCleanup, Preferences),
            UpdatedAt);
    }
}
