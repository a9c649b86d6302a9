using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>What the routes of flags and of settings have in common, whoever's values they are about.</summary>
internal static class SettingRoutes
{
    public static async Task<IResult> ListAsync(
        HttpRequest request, SettingStore store, IEnumerable<Setting> settings, CancellationToken cancellation)
    {
        var states = await store.ListAsync(cancellation);
        // All that there are: always one page.
        var answers = settings.Select(setting => SettingAnswer.Of(states[setting.Name])).OrderBy(answer => answer.Name);
        return Conditional.Ok(request, new Page<SettingAnswer>([.. answers], null));
    }

    /// <param name="setting">Null when there is none of this name.</param>
    public static async Task<IResult> GetAsync(
        HttpRequest request, SettingStore store, Setting? setting, string name, CancellationToken cancellation)
    {
        if (setting is null)
            return Problems.NotFound("flag or setting", name);
        var state = await store.FindAsync(setting, cancellation);
        return Conditional.Ok(request, state.Version, SettingAnswer.Of(state));
    }

    /// <inheritdoc cref="GetAsync"/>
    public static async Task<IResult> SetAsync(
        HttpRequest request, SettingStore store, Setting? setting, string name, CancellationToken cancellation)
    {
        if (Refusal(store, setting, name) is { } refusal)
            return refusal;
        var state = await store.FindAsync(setting!, cancellation);
        if (Conditional.Refusal(request, state.Version) is { } stale)
            return stale;
        var body = await JsonBody.ReadAsync<SettingChange>(request, cancellation);
        if (body.Value is not { } change)
            return body.Problem!;
        if (setting!.Read(change.Value) is not { } value)
            return Problems.Invalid("value", $"expected {setting.Expected}");

        return await store.TrySetAsync(state, value, cancellation)
            ? await GetAsync(request, store, setting, name, cancellation)
            : Problems.Stale();
    }

    /// <inheritdoc cref="GetAsync"/>
    public static async Task<IResult> ResetAsync(
        HttpRequest request, SettingStore store, Setting? setting, string name, CancellationToken cancellation)
    {
        if (Refusal(store, setting, name) is { } refusal)
            return refusal;
        var state = await store.FindAsync(setting!, cancellation);
        if (Conditional.Refusal(request, state.Version) is { } stale)
            return stale;
        return await store.TryResetAsync(state, cancellation) ? Results.NoContent() : Problems.Stale();
    }

    private static Problem? Refusal(SettingStore store, Setting? setting, string name) => setting switch
    {
        null => Problems.NotFound("flag or setting", name),
        _ when store.MayChange(setting) => null,
        _ => Problems.Forbidden($"Only an administrator of this installation may change {name}."),
    };
}
