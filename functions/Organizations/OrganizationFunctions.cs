using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>A person's organizations, and the one that a request acts for.</summary>
public sealed class OrganizationFunctions(
    OrganizationRegistry registry, OrganizationStore organizations, OrganizationScope scope)
{
    /// <summary>The organizations that the person belongs to, newest first.</summary>
    [Function(nameof(ListOrganizations))]
    [Operation(Permissions.SignedIn, Query = typeof(OrganizationListQuery), Answer = typeof(Page<Organization>))]
    public Task<IResult> ListOrganizations(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "organizations")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<OrganizationListQuery, Organization>(
            request,
            (query, page) => registry.ListAsync(page.AfterId, page.Fetch, cancellation),
            organization => organization.Id);

    /// <summary>Makes an organization, of which the person is the owner.</summary>
    [Function(nameof(CreateOrganization))]
    [Operation(
        Permissions.SignedIn, Grants = GrantKind.Role, Body = typeof(NewOrganization), Answer = typeof(Organization),
        NeedsClaim = true, Status = 201)]
    public async Task<IResult> CreateOrganization(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "organizations")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewOrganization>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        var created = wanted.Slug is null
            ? await registry.CreateAsync(wanted.Name, cancellation)
            : await registry.CreateAsync(wanted.Name, wanted.Slug, cancellation);
        return created is null
            ? Problems.Conflict($"The slug {wanted.Slug} is taken. Choose another, or leave it out.")
            : Created.At(request, "organization", created, created.Version);
    }

    /// <summary>The organization that the credential acts for.</summary>
    [Function(nameof(GetOrganization))]
    [Operation(Permissions.OrganizationRead, Answer = typeof(Organization))]
    public async Task<IResult> GetOrganization(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "organization")] HttpRequest request,
        CancellationToken cancellation) =>
        await organizations.FindAsync(cancellation) is { } organization
            ? Conditional.Ok(request, organization.Version, organization)
            : Problems.NotFound("organization", scope.Id!);

    [Function(nameof(ChangeOrganization))]
    [Operation(Permissions.OrganizationWrite, Body = typeof(OrganizationChanges), Answer = typeof(Organization))]
    public async Task<IResult> ChangeOrganization(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "organization")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (await organizations.FindAsync(cancellation) is not { } known)
            return Problems.NotFound("organization", scope.Id!);
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;
        var changes = await MergePatch.ReadAsync(request, new OrganizationChanges(known.Name), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;

        return await organizations.TryRenameAsync(known, wanted.Name, cancellation)
            && await organizations.FindAsync(cancellation) is { } changed
                ? Conditional.Ok(request, changed.Version, changed)
                : Problems.Stale();
    }

    /// <summary>
    /// Ends the organization for everybody at once. Its data is removed in the background some time later.
    /// </summary>
    [Function(nameof(DeleteOrganization))]
    [Operation(Permissions.OrganizationDelete, Grants = GrantKind.Role, IfMatch = true, Status = 204)]
    public async Task<IResult> DeleteOrganization(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "organization")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (await organizations.FindAsync(cancellation) is not { } known)
            return Problems.NotFound("organization", scope.Id!);
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;

        return await organizations.TryDeleteAsync(known, cancellation) ? Results.NoContent() : Problems.Stale();
    }
}
