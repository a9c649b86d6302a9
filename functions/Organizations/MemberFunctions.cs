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
    [Operation(Permissions.MembersWrite, Body = typeof(MemberChanges), Answer = typeof(Member))]
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
        if (Exceeds(known.Rank) || Exceeds(wanted.Role))
            return Problems.Forbidden("Only an owner makes owners, and changes what an owner is.");

        return await members.ChangeRoleAsync(known, wanted.Role, cancellation) is var change and not MemberChange.Done
            ? Refused(change)
            : await GetMember(request, id, cancellation);
    }

    /// <summary>
    /// Ends a membership: an admin's right, or one's own to leave. Keys and credentials of the person end with it.
    /// </summary>
    [Function(nameof(RemoveMember))]
    [Operation(Permissions.MembersRead, IfMatch = true, Status = 204)]
    public async Task<IResult> RemoveMember(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "members/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await members.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("member", id);
        var leaves = caller.Value is { Kind: ActorKind.User, UserId: { } user } && user == id;
        if (!leaves && (!caller.Value.May(Permissions.MembersWrite) || Exceeds(known.Rank)))
            return Problems.Forbidden("Only an admin removes others, and only an owner removes an owner.");
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;

        return await members.RemoveAsync(known, cancellation) is var change and not MemberChange.Done
            ? Refused(change)
            : Results.NoContent();
    }

    private bool Exceeds(Role role) => role > caller.Value.Role;

    private static Problem Refused(MemberChange change) => change == MemberChange.LastOwner
        ? Problems.Conflict("The organization would have no owner left. Make somebody else an owner first.")
        : Problems.Stale();
}
