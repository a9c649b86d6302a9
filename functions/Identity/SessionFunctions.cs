using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Where a person is signed in.</summary>
public sealed class SessionFunctions(SessionStore sessions, CurrentCaller caller)
{
    [Function(nameof(ListSessions))]
    [Operation(Permissions.SignedIn, Query = typeof(SessionListQuery), Answer = typeof(Page<ListedSession>))]
    public async Task<IResult> ListSessions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "sessions")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (Query.Read<SessionListQuery>(request, out var query) is { } problem)
            return problem;

        var page = query.Page();
        var rows = await sessions.ListAsync(page.AfterId, page.Fetch, cancellation);
        return Paging.Answer(
            request, page,
            [.. rows.Select(row => new ListedSession(
                row.Id, row.Id == caller.Value.SessionId, row.UserAgent, row.Address, row.CreatedAt, row.LastSeenAt,
                row.ExpiresAt))],
            row => row.Id);
    }

    /// <summary>Within a second, none of the session's tokens is accepted anywhere.</summary>
    [Function(nameof(RevokeSession))]
    [Operation(Permissions.SignedIn, Grants = GrantKind.Session, Status = 204)]
    public async Task<IResult> RevokeSession(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "sessions/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await sessions.TryRevokeAsync(id, cancellation) ? Results.NoContent() : Problems.NotFound("session", id);

    /// <summary>Ends all of the person's sessions.</summary>
    [Function(nameof(RevokeSessions))]
    [Operation(Permissions.SignedIn, Grants = GrantKind.Session, Query = typeof(RevokeQuery), Status = 204)]
    public async Task<IResult> RevokeSessions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "sessions")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (Query.Read<RevokeQuery>(request, out var query) is { } problem)
            return problem;

        await sessions.RevokeAllAsync(query.KeepCurrent ? caller.Value.SessionId : null, cancellation);
        return Results.NoContent();
    }
}

/// <param name="IsCurrent">It is the one that asks.</param>
public sealed record ListedSession(
    Guid Id, bool IsCurrent, string? UserAgent, string? Address, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt,
    DateTimeOffset ExpiresAt);

public sealed record SessionListQuery : PageQuery;

/// <param name="KeepCurrent">Whether the session that asks goes on.</param>
public sealed record RevokeQuery(bool KeepCurrent = false);
