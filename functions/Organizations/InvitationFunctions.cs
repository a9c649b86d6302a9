using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Invitations to the organization, and what becomes of them.</summary>
public sealed class InvitationFunctions(
    InvitationStore invitations,
    OrganizationStore organizations,
    AccountStore accounts,
    MailQueue mail,
    RateLimits rates,
    CurrentCaller caller)
{
    private const int MailsPerAddress = 10;
    private const int MailsPerOrganization = 1_000;

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
    /// Invites somebody. The token is mailed to their address, and to nobody else; without an address it is in this
    /// answer alone. An open invitation to the same address is replaced.
    /// </summary>
    [Function(nameof(CreateInvitation))]
    [Operation(
        Permissions.MembersWrite, Grants = GrantKind.Role, Body = typeof(NewInvitation),
        Answer = typeof(CreatedInvitation), ShowsSecret = true, NeedsClaim = true, Status = 201)]
    public async Task<IResult> CreateInvitation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "invitations")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewInvitation>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (!caller.Value.MayGive(wanted.Role))
            return Problems.RoleNotToBeGiven(wanted.Role);
        if (wanted.Email is { } to && await RefusalAsync(to, cancellation) is { } refusal)
            return refusal;

        var (invitation, token) = await invitations.CreateAsync(
            wanted.Email, wanted.Role, TimeSpan.FromDays(wanted.ExpiresInDays), cancellation);
        if (wanted.Email is { } email)
        {
            var organization = await organizations.FindAsync(cancellation);
            var letter = new InvitationLetter(
                email, organization!.Name, organization.Slug,
                InvitationLetter.NameOf(await accounts.FindAsync(cancellation)), token);
            if (!mail.TryAddInvitation(letter))
                return Problems.Busy("Too much mail waits to be sent.");
        }
        // Whoever invites must not be able to register with an address that is not theirs.
        return Created.At(
            request, $"invitations/{invitation.Id}",
            new CreatedInvitation(invitation, wanted.Email is null ? token : null));
    }

    private async Task<Problem?> RefusalAsync(string email, CancellationToken cancellation)
    {
        var address = Convert.ToHexStringLower(Secret.Hash(email.ToLowerInvariant()));
        var decision = await rates.TakeAsync(
            [
                new("invited-day", $"invited:{address}", MailsPerAddress, 86_400),
                new("inviting-day", $"inviting:{caller.Value.OrganizationId}", MailsPerOrganization, 86_400),
            ],
            cancellation);
        return decision.Admitted ? null : Problems.Limited(decision.Tightest.Limit, decision.Tightest.Reset);
    }

    /// <summary>Withdraws an open invitation.</summary>
    [Function(nameof(RevokeInvitation))]
    [Operation(Permissions.MembersWrite, Grants = GrantKind.Role, Status = 204)]
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
    [Operation(
        Permissions.SignedIn, Grants = GrantKind.Role, Body = typeof(InvitationAcceptance),
        Answer = typeof(Organization))]
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
