using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>An organization's flags and settings: what holds for it, and which values are its own.</summary>
public sealed class SettingFunctions(SettingStore store)
{
    [Function(nameof(ListFlags))]
    [Operation(Permissions.SettingsRead, Answer = typeof(Page<SettingAnswer>))]
    public Task<IResult> ListFlags(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "flags")] HttpRequest request,
        CancellationToken cancellation) =>
        SettingRoutes.ListAsync(request, store, FeatureFlags.All, cancellation);

    [Function(nameof(GetFlag))]
    [Operation(Permissions.SettingsRead, Answer = typeof(SettingAnswer))]
    public Task<IResult> GetFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        SettingRoutes.GetAsync(request, store, FeatureFlags.Find(name), name, cancellation);

    [Function(nameof(SetFlag))]
    [Operation(Permissions.SettingsWrite, Body = typeof(SettingChange), Answer = typeof(SettingAnswer), IfMatch = true)]
    public Task<IResult> SetFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        SettingRoutes.SetAsync(request, store, FeatureFlags.Find(name), name, cancellation);

    /// <summary>Takes the organization's own value back.</summary>
    [Function(nameof(ResetFlag))]
    [Operation(Permissions.SettingsWrite, Status = 204, IfMatch = true)]
    public Task<IResult> ResetFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        SettingRoutes.ResetAsync(request, store, FeatureFlags.Find(name), name, cancellation);

    [Function(nameof(ListSettings))]
    [Operation(Permissions.SettingsRead, Answer = typeof(Page<SettingAnswer>))]
    public Task<IResult> ListSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "settings")] HttpRequest request,
        CancellationToken cancellation) =>
        SettingRoutes.ListAsync(request, store, KnownSettings.All, cancellation);

    [Function(nameof(GetSetting))]
    [Operation(Permissions.SettingsRead, Answer = typeof(SettingAnswer))]
    public Task<IResult> GetSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        SettingRoutes.GetAsync(request, store, KnownSettings.Find(name), name, cancellation);

    [Function(nameof(SetSetting))]
    [Operation(Permissions.SettingsWrite, Body = typeof(SettingChange), Answer = typeof(SettingAnswer), IfMatch = true)]
    public Task<IResult> SetSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        SettingRoutes.SetAsync(request, store, KnownSettings.Find(name), name, cancellation);

    /// <summary>Takes the organization's own value back.</summary>
    [Function(nameof(ResetSetting))]
    [Operation(Permissions.SettingsWrite, Status = 204, IfMatch = true)]
    public Task<IResult> ResetSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        SettingRoutes.ResetAsync(request, store, KnownSettings.Find(name), name, cancellation);
}
