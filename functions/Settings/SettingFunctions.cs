using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>An organization's flags and settings: what holds for it, and which values are its own.</summary>
public sealed class SettingFunctions(SettingStore store, Settings settings)
{
    [Function(nameof(ListFlags))]
    [Operation(Permissions.SettingsRead, Answer = typeof(Page<SettingAnswer>))]
    public Task<IResult> ListFlags(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "flags")] HttpRequest request,
        CancellationToken cancellation) =>
        SettingRoutes.ListAsync(request, store, FeatureFlags.All, cancellation);

    [Function(nameof(GetFlag))]
    [Operation(Permissions.SettingsRead, Answer = typeof(SettingAnswer))]
    public async Task<IResult> GetFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        FeatureFlags.Find(name) is { } flag
            ? await SettingRoutes.GetAsync(request, store, flag, cancellation)
            : Problems.NotFound("flag", name);

    [Function(nameof(SetFlag))]
    [Operation(Permissions.SettingsWrite, Body = typeof(SettingChange), Answer = typeof(SettingAnswer), IfMatch = true)]
    public async Task<IResult> SetFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        FeatureFlags.Find(name) is { } flag
            ? await SetAsync(request, flag, cancellation)
            : Problems.NotFound("flag", name);

    /// <summary>Takes the organization's own value back.</summary>
    [Function(nameof(ResetFlag))]
    [Operation(Permissions.SettingsWrite, Status = 204, IfMatch = true)]
    public async Task<IResult> ResetFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        FeatureFlags.Find(name) is { } flag
            ? await ResetAsync(request, flag, cancellation)
            : Problems.NotFound("flag", name);

    [Function(nameof(ListSettings))]
    [Operation(Permissions.SettingsRead, Answer = typeof(Page<SettingAnswer>))]
    public Task<IResult> ListSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "settings")] HttpRequest request,
        CancellationToken cancellation) =>
        SettingRoutes.ListAsync(request, store, KnownSettings.All, cancellation);

    [Function(nameof(GetSetting))]
    [Operation(Permissions.SettingsRead, Answer = typeof(SettingAnswer))]
    public async Task<IResult> GetSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        KnownSettings.Find(name) is { } setting
            ? await SettingRoutes.GetAsync(request, store, setting, cancellation)
            : Problems.NotFound("setting", name);

    [Function(nameof(SetSetting))]
    [Operation(Permissions.SettingsWrite, Body = typeof(SettingChange), Answer = typeof(SettingAnswer), IfMatch = true)]
    public async Task<IResult> SetSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        KnownSettings.Find(name) is { } setting
            ? await SetAsync(request, setting, cancellation)
            : Problems.NotFound("setting", name);

    /// <summary>Takes the organization's own value back.</summary>
    [Function(nameof(ResetSetting))]
    [Operation(Permissions.SettingsWrite, Status = 204, IfMatch = true)]
    public async Task<IResult> ResetSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        KnownSettings.Find(name) is { } setting
            ? await ResetAsync(request, setting, cancellation)
            : Problems.NotFound("setting", name);

    private async Task<IResult> SetAsync(HttpRequest request, Setting setting, CancellationToken cancellation)
    {
        if (Refusal(setting) is { } refusal)
            return refusal;
        var answer = await SettingRoutes.SetAsync(request, store, setting, cancellation);
        settings.Forget();
        return answer;
    }

    private async Task<IResult> ResetAsync(HttpRequest request, Setting setting, CancellationToken cancellation)
    {
        if (Refusal(setting) is { } refusal)
            return refusal;
        var answer = await SettingRoutes.ResetAsync(request, store, setting, cancellation);
        settings.Forget();
        return answer;
    }

    private static Problem? Refusal(Setting setting) => setting.OrganizationsMayChange
        ? null
        : Problems.Forbidden($"Only an administrator of this installation may change {setting.Name}.");
}
