using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Assay;

/// <summary>The providers. Those that exist are built in; administrators of the installation change them.</summary>
public sealed class ProviderStore(Database database)
{
    private static readonly JsonSerializerOptions Stored = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>In the order of their names.</summary>
    /// <param name="after">The name that the page before ended with; null for the first page.</param>
    public Task<IReadOnlyList<Provider>> ListAsync(string? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<Provider>(
            $"""
            select {Provider.Columns} from ops.provider
            where @after::text is null or name > @after
            order by name limit @limit
            """,
            new { after, limit }, cancellation);

    public Task<Provider?> FindAsync(string name, CancellationToken cancellation) =>
        database.FindAsync<Provider>(
            $"select {Provider.Columns} from ops.provider where name = @name", new { name }, cancellation);

    /// <summary>Null when the provider is no longer as it was known.</summary>
    public Task<Provider?> ChangeAsync(Provider known, ProviderSettings settings, CancellationToken cancellation) =>
        database.FindAsync<Provider>(
            $"""
            update ops.provider
            set display_name = @DisplayName, base_url = @BaseUrl, api_key_pattern = @ApiKeyPattern,
                max_requests_per_minute = @MaxRequestsPerMinute, max_requests_per_day = @MaxRequestsPerDay,
                models = @Models, validation_rules = @ValidationRules, is_active = @IsActive,
                version = version + 1, updated_at = now()
            where id = @Id and version = @Version
            returning {Provider.Columns}
            """,
            new
            {
                known.Id,
                known.Version,
                settings.DisplayName,
                settings.BaseUrl,
                settings.ApiKeyPattern,
                settings.MaxRequestsPerMinute,
                settings.MaxRequestsPerDay,
                Models = Node<JsonArray>(settings.Models),
                ValidationRules = settings.ValidationRules is { } rules ? Node<JsonObject>(rules) : null,
                settings.IsActive,
            },
            cancellation);

    private static T Node<T>(object value)
        where T : JsonNode => (T)JsonSerializer.SerializeToNode(value, Stored)!;
}
