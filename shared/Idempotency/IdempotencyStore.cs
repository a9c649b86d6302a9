using System.Text.Json.Nodes;

namespace Assay;

/// <summary>A request that is to be carried out once.</summary>
/// <param name="KeyHash">SHA-256 of the key that its sender chose.</param>
/// <param name="Fingerprint">Of all that makes it the same request; 32 bytes.</param>
public sealed record IdempotentRequest(
    Guid CallerId, byte[] KeyHash, string Method, string Path, byte[] Fingerprint);

/// <summary>The first answer to a request.</summary>
/// <param name="Body">Null when it was not kept.</param>
public sealed record KeptAnswer(short Status, JsonObject Headers, byte[]? Body);

/// <summary>What is known of a key.</summary>
/// <param name="Claim">Set for the one who carries the request out; null when somebody did or does.</param>
/// <param name="Answer">Null while it is under way, and when it ended without one.</param>
public sealed record IdempotencyState(Guid? Claim, bool SameRequest, bool IsUnderWay, KeptAnswer? Answer);

/// <summary>Remembers answers by the keys of their requests, for each organization and caller by themselves.</summary>
public sealed class IdempotencyStore(Database database, OrganizationScope scope)
{
    /// <summary>
    /// Longer than any request may run: Azure ends them after 230 s. One that is still under way then has died.
    /// </summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>
    /// Claims a key that nobody used, or that expired. One whose holder died is not claimed: the work may be done.
    /// </summary>
    public async Task<IdempotencyState> ClaimAsync(IdempotentRequest request, CancellationToken cancellation)
    {
        var row = await database.FindAsync<Row>(
            """
            with claimed as (
                insert into ops.idempotency_key as held (id, organization_id, caller_id, key_hash, method, path,
                    fingerprint, locked_until, expires_at)
                values (@Id, @Organization, @CallerId, @KeyHash, @Method, @Path, @Fingerprint, now() + @Lease,
                    now() + @Kept)
                on conflict (organization_id, caller_id, key_hash) do update
                set id = excluded.id, method = excluded.method, path = excluded.path,
                    fingerprint = excluded.fingerprint, status = null, headers = null, body = null,
                    locked_until = excluded.locked_until, expires_at = excluded.expires_at, created_at = now()
                where held.expires_at <= now()
                returning id
            )
            select id as claim, null::bytea as fingerprint, true as is_under_way, null::smallint as status,
                null::jsonb as headers, null::bytea as body
            from claimed
            union all
            select null, fingerprint, status is null and locked_until > now(), status, headers, body
            from ops.idempotency_key
            where organization_id is not distinct from @Organization and caller_id = @CallerId and key_hash = @KeyHash
                and not exists (select from claimed)
            """,
            new
            {
                Id = Guid.CreateVersion7(),
                Organization = scope.Id,
                request.CallerId,
                request.KeyHash,
                request.Method,
                request.Path,
                request.Fingerprint,
                Lease,
                Kept,
            },
            cancellation);

        // Nothing at all: it was claimed after this statement began.
        return row is null
            ? new(null, SameRequest: true, IsUnderWay: true, null)
            : new(
                row.Claim,
                row.Fingerprint is null || row.Fingerprint.AsSpan().SequenceEqual(request.Fingerprint),
                row.IsUnderWay,
                row.Status is { } status ? new KeptAnswer(status, row.Headers!, row.Body) : null);
    }

    /// <summary>Keeps the answer, unless the claim expired meanwhile.</summary>
    public Task KeepAsync(Guid claim, KeptAnswer answer, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            update ops.idempotency_key
            set status = @Status, headers = @Headers, body = @Body
            where id = @claim and status is null
            """,
            new { claim, answer.Status, answer.Headers, answer.Body }, cancellation);

    /// <summary>Nobody works on it any more, and what it changed is not known.</summary>
    public Task AbandonAsync(Guid claim, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "update ops.idempotency_key set locked_until = now() where id = @claim and status is null",
            new { claim }, cancellation);

    /// <summary>Lets the request be tried again: it changed nothing.</summary>
    public Task ReleaseAsync(Guid claim, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "delete from ops.idempotency_key where id = @claim and status is null", new { claim }, cancellation);

    private sealed record Row(
        Guid? Claim, byte[]? Fingerprint, bool IsUnderWay, short? Status, JsonObject? Headers, byte[]? Body);
}
