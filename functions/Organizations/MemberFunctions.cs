using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Who belongs to the organization.</summary>
public sealed class MemberFunctions(MemberStore members, CurrentCaller caller)
{
    [Function(nameof(ListMembers))]
    [Operation(Permissions.MembersRead, Query = typeof(MemberListQuery), Answer = typeof(Page<Member>))]
    public Task<IResult> ListMembers(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "members")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<MemberListQuery, Member>(
            request,
            (query, page) => members.ListAsync(query.Role, query.Q, page.AfterId, page.Fetch, cancellation),
            member => member.Id);

    [Function(nameof(GetMember))]
    [Operation(Permissions.MembersRead, Answer = typeof(Member))]
    public async Task<IResult> GetMember(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "members/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await members.FindAsync(id, cancellation) is { } member
            ? Conditional.Ok(request, member.Version, member)
            : Problems.NotFound("member", id);

    /// <summary>Gives a member another role. Only owners make owners and change what owners are.</summary>
    [Function(nameof(ChangeMember))]
    [Operation(
        Permissions.MembersWrite, Grants = GrantKind.Role, Body = typeof(MemberChanges), Answer = typeof(Member))]
    public async Task<IResult> ChangeMember(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "members/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await members.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("member", id);
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;
        var changes = await MergePatch.ReadAsync(request, new MemberChanges(known.Rank), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;
        if (!caller.Value.MayTakeFrom(known.Rank))
            return Problems.Forbidden("Only an owner changes what an owner is.");
        if (!caller.Value.MayGive(wanted.Role))
            return Problems.RoleNotToBeGiven(wanted.Role);

        return await members.ChangeRoleAsync(known, wanted.Role, cancellation) is var change and not MemberChange.Done
            ? Refused(change)
            : await GetMember(request, id, cancellation);
    }

    /// <summary>
    /// Ends a membership: an admin's right, or one's own to leave. Keys, links, shares, open invitations and
    /// credentials of the person end with it, for good. Where they own private entities, <c>private</c> says what
    /// becomes of these.
    /// </summary>
    [Function(nameof(RemoveMember))]
    [Operation(
        Permissions.MembersRead, Grants = GrantKind.Role, IfMatch = true, Query = typeof(RemovalQuery), Status = 204)]
    public async Task<IResult> RemoveMember(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "members/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<RemovalQuery>(request, out var query) is { } problem)
            return problem;
        if (await members.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("member", id);
        if ((Refusal(known) ?? Conditional.Refusal(request, known.Version)) is { } refusal)
            return refusal;
        if (await ChoiceProblemAsync(query, known, cancellation) is { } unclear)
            return unclear;

        return await members.RemoveAsync(known, query.To, cancellation) is var change and not MemberChange.Done
            ? Refused(change)
            : Results.NoContent();
    }

    /// <summary>
    /// Hands over what a former member owns privately, and what was sealed when they were removed: an owner's right.
    /// </summary>
    [Function(nameof(HandOverEntities))]
    [Operation(
        Permissions.EntitiesAdmin, Grants = GrantKind.Content, Body = typeof(Handover), Answer = typeof(HandedOver))]
    public async Task<IResult> HandOverEntities(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "members/{id:guid}/handover")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (caller.Value.Role != Role.Owner)
            return Problems.Forbidden("Only an owner hands over what a former member owns.");
        if (await members.CountPrivateAsync(id, cancellation) == 0)
            return Problems.NotFound("former member with private entities", id);
        var body = await JsonBody.ReadAsync<Handover>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        return await members.HandOverAsync(id, wanted.To, cancellation) switch
        {
            (MemberChange.Done, var entities) => Results.Json(new HandedOver(entities), Json.Options),
            (MemberChange.StillMember, _) => Problems.Conflict("They are a member, and what is theirs stays theirs."),
            _ => NoReceiver(),
        };
    }

    private bool Leaves(Member member) =>
        caller.Value is { Kind: ActorKind.User, UserId: { } user } && user == member.Id;

    private Problem? Refusal(Member member) =>
        Leaves(member) || (caller.Value.May(Permissions.MembersWrite) && caller.Value.MayTakeFrom(member.Rank))
            ? null
            : Problems.Forbidden("Only an admin removes others, and only an owner removes an owner.");

    // What is private is nobody else's: what becomes of it is said, and not guessed.
    private async Task<Problem?> ChoiceProblemAsync(RemovalQuery query, Member member, CancellationToken cancellation)
    {
        if (query.Private == PrivateEntities.HandOver && !Leaves(member) && !caller.Value.MayGiveEntities())
            return Problems.Forbidden($"Handing entities over needs the scope {Permissions.EntitiesAdmin}.");
        if (query.To == member.Id)
            return NoReceiver();
        return query.Private is null && await members.CountPrivateAsync(member.Id, cancellation) is > 0 and var count
            ? Problems.Invalid(
                "private", $"expected seal or handOver: the member owns private entities, {count:N0} in number")
            : null;
    }

    private static Problem Refused(MemberChange change) => change switch
    {
        MemberChange.LastOwner =>
            Problems.Conflict("The organization would have no owner left. Make somebody else an owner first."),
        MemberChange.NoReceiver => NoReceiver(),
        _ => Problems.Stale(),
    };

    private static Problem NoReceiver() => Problems.Invalid("to", "expected the id of another member");
}
