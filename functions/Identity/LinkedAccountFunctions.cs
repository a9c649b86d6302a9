using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Which identities at providers lead to a person's account. <c>auth/{provider}/start</c> adds one.</summary>
public sealed class LinkedAccountFunctions(LinkedAccountStore linked)
{
    [Function(nameof(ListLinkedAccounts))]
    [Operation(Permissions.SignedIn, Query = typeof(LinkedAccountListQuery), Answer = typeof(Page<LinkedAccount>))]
    public Task<IResult> ListLinkedAccounts(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "me/accounts")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<LinkedAccountListQuery, LinkedAccount>(
            request,
            (query, page) => linked.ListAsync(page.AfterId, page.Fetch, cancellation),
            row => row.Id);

    /// <summary>Never the last way to sign in.</summary>
    [Function(nameof(UnlinkAccount))]
    [Operation(Permissions.SignedIn, Grants = GrantKind.Session, Status = 204)]
    public async Task<IResult> UnlinkAccount(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "me/accounts/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await linked.RemoveAsync(id, cancellation) switch
        {
            Unlinking.Done => Results.NoContent(),
            Unlinking.LastWay => Problems.Conflict(
                "This is the only way to sign in to the account. Set a password, or link another, first."),
            _ => Problems.NotFound("linked account", id),
        };
}

public sealed record LinkedAccountListQuery : PageQuery;
