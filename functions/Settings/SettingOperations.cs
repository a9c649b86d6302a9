using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// Flags and settings of the installation, and with <c>?organization=</c> of any organization, for the installation's
/// administrators. Changes hold everywhere within <see cref="Settings.Remembered"/>.
/// </summary>
public sealed class SettingOperations(SettingStores stores, SettingMemory memory)
{
    [Function(nameof(ListInstallationFlags))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Answer = typeof(Page<SettingAnswer>))]
    public Task<IResult> ListInstallationFlags(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/flags")] HttpRequest request,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, (store, _) =>
            SettingRoutes.ListAsync(request, store, FeatureFlags.All, cancellation));

    [Function(nameof(GetInstallationFlag))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Answer = typeof(SettingAnswer))]
    public Task<IResult> GetInstallationFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, async (store, _) => FeatureFlags.Find(name) is { } flag
            ? await SettingRoutes.GetAsync(request, store, flag, cancellation)
            : Problems.NotFound("flag", name));

    [Function(nameof(SetInstallationFlag))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Body = typeof(SettingChange),
        Answer = typeof(SettingAnswer), IfMatch = true)]
    public Task<IResult> SetInstallationFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "operations/flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, (store, owner) =>
            SetAsync(request, store, owner, FeatureFlags.Find(name), name, cancellation));

    /// <summary>Takes the value back, so that what is behind it holds again.</summary>
    [Function(nameof(ResetInstallationFlag))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Status = 204, IfMatch = true)]
    public Task<IResult> ResetInstallationFlag(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "operations/flags/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, (store, owner) =>
            ResetAsync(request, store, owner, FeatureFlags.Find(name), name, cancellation));

    [Function(nameof(ListInstallationSettings))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Answer = typeof(Page<SettingAnswer>))]
    public Task<IResult> ListInstallationSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/settings")] HttpRequest request,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, (store, _) =>
            SettingRoutes.ListAsync(request, store, KnownSettings.All, cancellation));

    [Function(nameof(GetInstallationSetting))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Answer = typeof(SettingAnswer))]
    public Task<IResult> GetInstallationSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, async (store, _) => KnownSettings.Find(name) is { } setting
            ? await SettingRoutes.GetAsync(request, store, setting, cancellation)
            : Problems.NotFound("setting", name));

    [Function(nameof(SetInstallationSetting))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Body = typeof(SettingChange),
        Answer = typeof(SettingAnswer), IfMatch = true)]
    public Task<IResult> SetInstallationSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "operations/settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, (store, owner) =>
            SetAsync(request, store, owner, KnownSettings.Find(name), name, cancellation));

    /// <summary>Takes the value back, so that what is behind it holds again.</summary>
    [Function(nameof(ResetInstallationSetting))]
    [Operation(Permissions.Operations, Query = typeof(SettingOwner), Status = 204, IfMatch = true)]
    public Task<IResult> ResetInstallationSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "operations/settings/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        WithStoreAsync(request, cancellation, (store, owner) =>
            ResetAsync(request, store, owner, KnownSettings.Find(name), name, cancellation));

    private async Task<IResult> WithStoreAsync(
        HttpRequest request, CancellationToken cancellation, Func<SettingStore, Guid?, Task<IResult>> work)
    {
        if (Query.Read<SettingOwner>(request, out var owner) is { } problem)
            return problem;
        return await stores.FindAsync(owner.Organization, cancellation) is { } store
            ? await work(store, owner.Organization)
            : Problems.NotFound("organization", owner.Organization!);
    }

    private async Task<IResult> SetAsync(
        HttpRequest request, SettingStore store, Guid? owner, Setting? setting, string name,
        CancellationToken cancellation)
    {
        if (setting is null)
            return Problems.NotFound("flag or setting", name);
        var answer = await SettingRoutes.SetAsync(request, store, setting, cancellation);
        memory.Forget(owner);
        return answer;
    }

    private async Task<IResult> ResetAsync(
        HttpRequest request, SettingStore store, Guid? owner, Setting? setting, string name,
        CancellationToken cancellation)
    {
        if (setting is null)
            return Problems.NotFound("flag or setting", name);
        var answer = await SettingRoutes.ResetAsync(request, store, setting, cancellation);
        memory.Forget(owner);
        return answer;
    }
}
