using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Providers, the same for all organizations, with their models, limits and prices.</summary>
public sealed class ProviderFunctions(ProviderStore providers)
{
    [Function(nameof(ListProviders))]
    [Operation(Permissions.Authenticated, Query = typeof(ProviderListQuery), Answer = typeof(Page<Provider>))]
    public Task<IResult> ListProviders(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "providers")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<ProviderListQuery, Provider>(
            request,
            (query, page) => providers.ListAsync(page.After?[0], page.Fetch, cancellation),
            provider => [provider.Name]);

    [Function(nameof(GetProvider))]
    [Operation(Permissions.Authenticated, Answer = typeof(Provider))]
    public async Task<IResult> GetProvider(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "providers/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        await providers.FindAsync(name, cancellation) is { } provider
            ? Conditional.Ok(request, provider.Version, provider)
            : Problems.NotFound("provider", name);

    [Function(nameof(ChangeProvider))]
    [Operation(Permissions.Operations, Body = typeof(ProviderSettings), Answer = typeof(Provider))]
    public async Task<IResult> ChangeProvider(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "providers/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation)
    {
        if (await providers.FindAsync(name, cancellation) is not { } provider)
            return Problems.NotFound("provider", name);
        if (Conditional.Refusal(request, provider.Version) is { } refusal)
            return refusal;
        var body = await MergePatch.ReadAsync(request, ProviderSettings.Of(provider), cancellation);
        if (body.Value is not { } settings)
            return body.Problem!;

        return await providers.ChangeAsync(provider, settings, cancellation) is { } changed
            ? Conditional.Ok(request, changed.Version, changed)
            : Problems.Stale();
    }
}

/// <summary>Providers are in the order of their names, which are their cursor.</summary>
public sealed record ProviderListQuery : PageQuery
{
    protected override bool IsKey(string[] key) => key is [_];
}
