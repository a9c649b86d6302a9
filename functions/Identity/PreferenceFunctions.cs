using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What a person prefers.</summary>
public sealed class PreferenceFunctions(PreferenceStore preferences, FrameworkStore frameworks)
{
    [Function(nameof(GetPreferences))]
    [Operation(Permissions.SignedIn, Answer = typeof(UserPreferences))]
    public async Task<IResult> GetPreferences(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "me/preferences")] HttpRequest request,
        CancellationToken cancellation)
    {
        var known = await preferences.FindAsync(cancellation);
        return Conditional.Ok(request, known.Version, known.Values);
    }

    /// <summary>Replaces all of them; what the body leaves out becomes the default.</summary>
    [Function(nameof(ReplacePreferences))]
    [Operation(
        Permissions.SignedIn, IfMatch = true, Body = typeof(UserPreferences), Answer = typeof(UserPreferences))]
    public async Task<IResult> ReplacePreferences(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "me/preferences")] HttpRequest request,
        CancellationToken cancellation)
    {
        var known = await preferences.FindAsync(cancellation);
        return Conditional.Refusal(request, known.Version)
            ?? await ChangeAsync(
                request, known, await JsonBody.ReadAsync<UserPreferences>(request, cancellation), cancellation);
    }

    [Function(nameof(ChangePreferences))]
    [Operation(Permissions.SignedIn, Body = typeof(UserPreferences), Answer = typeof(UserPreferences))]
    public async Task<IResult> ChangePreferences(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "me/preferences")] HttpRequest request,
        CancellationToken cancellation)
    {
        var known = await preferences.FindAsync(cancellation);
        return Conditional.Refusal(request, known.Version)
            ?? await ChangeAsync(
                request, known, await MergePatch.ReadAsync(request, known.Values, cancellation), cancellation);
    }

    private async Task<IResult> ChangeAsync(
        HttpRequest request, StoredPreferences known, JsonBody<UserPreferences> body, CancellationToken cancellation)
    {
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (await FrameworkNames.CheckAsync(
            frameworks, "selectedFramework", wanted.SelectedFramework, known.Values.SelectedFramework, cancellation)
            is { } unknown)
            return unknown;
        return await preferences.TryChangeAsync(known, wanted, cancellation) is { } changed
            ? Conditional.Ok(request, changed.Version, changed.Values)
            : Problems.Stale();
    }
}
