using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Invitations to the organization, and what becomes of them.</summary>
public sealed class InvitationFunctions(InvitationStore invitations, CurrentCaller caller)
{
    /// <summary>Newest first, also those that are no longer open.</summary>
    [Function(nameof(ListInvitations))]
    [Operation(Permissions.MembersWrite, Query = typeof(InvitationListQuery), Answer = typeof(Page<Invitation>))]
    public Task<IResult> ListInvitations(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "invitations")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<InvitationListQuery, Invitation>(
            request,
            (query, page) => invitations.ListAsync(query.Status, page.AfterId, page.Fetch, cancellation),
            invitation => invitation.Id);

    [Function(nameof(GetInvitation))]
    [Operation(Permissions.MembersWrite, Answer = typeof(Invitation))]
    public async Task<IResult> GetInvitation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "invitations/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await invitations.FindAsync(id, cancellation) is { } invitation
            ? Conditional.Ok(request, invitation)
            : Problems.NotFound("invitation", id);

    /// <summary>
    /// Invites somebody. The token, which is only in this answer, is for them. An open invitation to the same address
    /// is replaced.
    /// </summary>
    [Function(nameof(CreateInvitation))]
    [Operation(
        Permissions.MembersWrite, Body = typeof(NewInvitation), Answer = typeof(CreatedInvitation),
        ShowsSecret = true, Status = 201)]
    public async Task<IResult> CreateInvitation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "invitations")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewInvitation>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (wanted.Role > caller.Value.Role)
            return Problems.Forbidden("Only an owner invites an owner.");

        var (invitation, token) = await invitations.CreateAsync(
            wanted.Email, wanted.Role, TimeSpan.FromDays(wanted.ExpiresInDays), cancellation);
        return Created.At(request, $"invitations/{invitation.Id}", new CreatedInvitation(invitation, token));
    }

    /// <summary>Withdraws an open invitation.</summary>
    [Function(nameof(RevokeInvitation))]
    [Operation(Permissions.MembersWrite, Status = 204)]
    public async Task<IResult> RevokeInvitation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "invitations/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await invitations.FindAsync(id, cancellation) is not { } invitation)
            return Problems.NotFound("invitation", id);

        return await invitations.TryRevokeAsync(id, cancellation)
            ? Results.NoContent()
            : Problems.Conflict($"The invitation is {invitation.Status}; only an open one can be revoked.");
    }

    /// <summary>Joins the organization that a token invites to. A token works once.</summary>
    [Function(nameof(AcceptInvitation))]
    [Operation(Permissions.SignedIn, Body = typeof(InvitationAcceptance), Answer = typeof(Organization))]
    public async Task<IResult> AcceptInvitation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "invitations/accept")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<InvitationAcceptance>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        return await invitations.AcceptAsync(wanted.Token, cancellation) switch
        {
            Acceptance.Joined joined => Results.Json(joined.Organization, Json.Options),
            Acceptance.ForAnotherAddress => Problems.Forbidden("This invitation is for another e-mail address."),
            Acceptance.MemberAlready => Problems.Conflict("You belong to this organization already."),
            _ => Problems.Invalid("token", "expected the token of an invitation that is open"),
        };
    }
}
