using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// Flags and settings of the installation, and with <c>?organization=</c> of any organization, for the installation's
/// administrators. Changes hold everywhere within <see cref="Settings.Remembered"/>.
/// </summary>
public sealed class SettingOperations(SettingStores stores)
{
    [Function(nameof(ListInstallationFlags))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Answer = typeof(Page<SettingAnswer>))]
    public Task<IResult> ListInstallationFlags(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/flags")] HttpRequest request,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, store =>
            SettingRoutes.ListAsync(request, store, FeatureFlags.All, cancellation));

    [Function(nameof(GetInstallationFlag))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Answer = typeof(SettingAnswer))]
    public Task<IResult> GetInstallationFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, store =>
            SettingRoutes.GetAsync(request, store, FeatureFlags.Find(name), name, cancellation));

    [Function(nameof(SetInstallationFlag))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Body = typeof(SettingChange),
        Answer = typeof(SettingAnswer), IfMatch = true)]
    public Task<IResult> SetInstallationFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "operations/flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, store =>
            SettingRoutes.SetAsync(request, store, FeatureFlags.Find(name), name, cancellation));

    /// <summary>Takes the value back, so that what is behind it holds again.</summary>
    [Function(nameof(ResetInstallationFlag))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Status = 204, IfMatch = true)]
    public Task<IResult> ResetInstallationFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "operations/flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, store =>
            SettingRoutes.ResetAsync(request, store, FeatureFlags.Find(name), name, cancellation));

    [Function(nameof(ListInstallationSettings))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Answer = typeof(Page<SettingAnswer>))]
    public Task<IResult> ListInstallationSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/settings")] HttpRequest request,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, store =>
            SettingRoutes.ListAsync(request, store, KnownSettings.All, cancellation));

    [Function(nameof(GetInstallationSetting))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Answer = typeof(SettingAnswer))]
    public Task<IResult> GetInstallationSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, store =>
            SettingRoutes.GetAsync(request, store, KnownSettings.Find(name), name, cancellation));

    [Function(nameof(SetInstallationSetting))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Body = typeof(SettingChange),
        Answer = typeof(SettingAnswer), IfMatch = true)]
    public Task<IResult> SetInstallationSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "operations/settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, store =>
            SettingRoutes.SetAsync(request, store, KnownSettings.Find(name), name, cancellation));

    /// <summary>Takes the value back, so that what is behind it holds again.</summary>
    [Function(nameof(ResetInstallationSetting))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Status = 204, IfMatch = true)]
    public Task<IResult> ResetInstallationSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "operations/settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, store =>
            SettingRoutes.ResetAsync(request, store, KnownSettings.Find(name), name, cancellation));

    private async Task<IResult> WithStoreAsync(
        HttpRequest request, CancellationToken cancellation, Func<SettingStore, Task<IResult>> work)
    {
        if (Query.Read<SettingOwner>(request, out var owner) is { } problem)
            return problem;
        return await stores.FindAsync(owner.Organization, cancellation) is { } store
            ? await work(store)
            : Problems.NotFound("organization", owner.Organization!);
    }
}
