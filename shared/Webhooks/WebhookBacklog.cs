using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>A message that this process may send until <paramref name="ClaimedUntil"/>.</summary>
/// <param name="Attempts">Those made before.</param>
/// <param name="Status">Of the webhook.</param>
/// <param name="Failing">Whether the last attempt to send anything to the webhook failed.</param>
public sealed record ClaimedMessage(
    Guid Id, Guid OrganizationId, Guid WebhookId, JsonObject Payload, int Attempts, DateTimeOffset ClaimedUntil,
    string Url, string Status, byte[] Ciphertext, string EncryptionKeyId, bool Failing);

/// <summary>What became of a claimed message.</summary>
/// <param name="Outcome">One of <see cref="DeliveryOutcome"/>.</param>
/// <param name="Code">Of the receiver's answer; null when there was none.</param>
/// <param name="DelaySeconds">Until the next attempt, if there is one.</param>
public sealed record Delivery(
    ClaimedMessage Message, string Outcome, int? Code = null, string? Error = null, int DelaySeconds = 0);

/// <summary>How an attempt ended. All but the last two are attempts that count.</summary>
public static class DeliveryOutcome
{
    public const string Succeeded = "succeeded";

    /// <summary>It failed, and there is another.</summary>
    public const string Retried = "retried";

    /// <summary>It failed, and was the last.</summary>
    public const string Failed = "failed";

    /// <summary>None was made, nor will be.</summary>
    public const string Abandoned = "abandoned";

    /// <summary>None could be made now.</summary>
    public const string Postponed = "postponed";
}

/// <summary>
/// Messages of every organization, for background work. Several processes may deliver at the same time: a message is
/// one process's for as long as its claim lasts, and what is recorded after that changes nothing.
/// </summary>
public sealed class WebhookBacklog(JobDatabase database, IOptions<WebhookOptions> options)
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Claims messages that are due, each organization's first before any organization's second. What is being sent
    /// counts, whichever process sends it.
    /// </summary>
    /// <param name="limit">At most this many.</param>
    /// <param name="failingLimit">At most this many to receivers that failed.</param>
    public Task<IReadOnlyList<ClaimedMessage>> ClaimAsync(
        int limit, int failingLimit, CancellationToken cancellation) =>
        database.ListAsync<ClaimedMessage>(
            $"""
            with recursive {Waiting}, {Candidates}
            , ranked as (
                select c.*, coalesce((select sum(number) from sent where sent.organization_id = c.organization_id), 0)
                    + row_number() over (
                        partition by c.organization_id order by c.failing, c.number, c.next_attempt_at) as place
                from candidate c
            ), allowed as (
                select id, place, failing, next_attempt_at,
                    row_number() over (partition by failing order by place, next_attempt_at) as number
                from ranked
                where place <= @OrganizationAtOnce
            ), chosen as (
                select id from allowed
                where not failing or number <= @failingLimit
                order by place, failing, next_attempt_at
                limit @limit
            ), locked as (
                select d.id
                from ops.webhook_delivery d
                join chosen on chosen.id = d.id
                where d.status = 'pending' and (d.claimed_until is null or d.claimed_until <= now())
                for update of d skip locked
            )
            update ops.webhook_delivery d
            set claimed_until = now() + @Lease
            from locked, ops.webhook w
            where d.id = locked.id and w.id = d.webhook_id
            returning d.id, d.organization_id, d.webhook_id, ops.webhook_payload(d.id) as payload, d.attempts,
                d.claimed_until, w.url, w.status, w.ciphertext, w.encryption_key_id, w.failed_attempts > 0 as failing
            """,
            new
            {
                limit,
                failingLimit,
                options.Value.OrganizationAtOnce,
                options.Value.WebhookAtOnce,
                options.Value.Lease,
            },
            cancellation);

    /// <summary>
    /// Writes down how deliveries ended, and what that says of their webhooks: one that does not answer gets nothing
    /// for a while, longer each time; one that takes no message for long is disabled.
    /// </summary>
    public Task RecordAsync(IReadOnlyCollection<Delivery> deliveries, CancellationToken cancellation) =>
        database.ExecuteAsync(
            $"{Recorded}\n{WebhooksChanged}",
            new
            {
                ids = deliveries.Select(delivery => delivery.Message.Id).ToArray(),
                claims = deliveries.Select(delivery => delivery.Message.ClaimedUntil).ToArray(),
                outcomes = deliveries.Select(delivery => delivery.Outcome).ToArray(),
                codes = deliveries.Select(delivery => delivery.Code).ToArray(),
                errors = deliveries.Select(delivery => delivery.Error).ToArray(),
                delays = deliveries.Select(delivery => delivery.DelaySeconds).ToArray(),
                options.Value.FailuresMax,
                patience = Patience(),
                pauseSeconds = options.Value.Delays[0],
                pauseMaxSeconds = (int)PauseMax.TotalSeconds,
            },
            cancellation);

    /// <summary>Forgets messages that ended before a time. Returns how many.</summary>
    public Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "delete from ops.webhook_delivery where finished_at < @before", new { before }, cancellation);

    /// <summary>For as long as a message is tried, and a day at least.</summary>
    private TimeSpan Patience() =>
        TimeSpan.FromSeconds(Math.Max(options.Value.Delays.Sum(), TimeSpan.SecondsPerDay));

    // The webhooks that messages wait for, found by skipping from one to the next: few, however many messages wait.
    private const string Waiting =
        """
        waiting (webhook_id) as (
            (select webhook_id from ops.webhook_delivery where status = 'pending' order by webhook_id limit 1)
            union all
            select (
                select d.webhook_id from ops.webhook_delivery d
                where d.status = 'pending' and d.webhook_id > waiting.webhook_id
                order by d.webhook_id
                limit 1)
            from waiting
            where waiting.webhook_id is not null
        )
        """;

    // Of each webhook as many messages as may be sent beside those that are being sent.
    private const string Candidates =
        """
        sent as (
            select organization_id, webhook_id, count(*)::int as number
            from ops.webhook_delivery
            where status = 'pending' and claimed_until > now()
            group by organization_id, webhook_id
        ), candidate as (
            select due.id, due.next_attempt_at, due.number, w.organization_id, w.failed_attempts > 0 as failing
            from waiting
            join ops.webhook w on w.id = waiting.webhook_id and (w.resume_at is null or w.resume_at <= now())
            left join sent on sent.webhook_id = w.id
            cross join lateral (
                select d.id, d.next_attempt_at, row_number() over (order by d.next_attempt_at) as number
                from ops.webhook_delivery d
                where d.webhook_id = w.id and d.status = 'pending' and d.next_attempt_at <= now()
                    and (d.claimed_until is null or d.claimed_until <= now())
                order by d.next_attempt_at
                limit greatest(
                    0, case when w.failed_attempts > 0 then 1 else @WebhookAtOnce end - coalesce(sent.number, 0))
            ) due
        )
        """;

    private const string Recorded =
        """
        with result as (
            select *
            from unnest(@ids, @claims, @outcomes, @codes, @errors, @delays)
                as r (id, claimed_until, outcome, code, error, delay)
        ), recorded as (
            update ops.webhook_delivery d
            set status = case r.outcome
                    when 'succeeded' then 'succeeded' when 'failed' then 'failed' when 'abandoned' then 'failed'
                    else 'pending' end,
                finished_at = case when r.outcome in ('succeeded', 'failed', 'abandoned') then now() end,
                attempts = d.attempts + case when r.outcome in ('abandoned', 'postponed') then 0 else 1 end,
                status_code = case when r.outcome = 'postponed' then d.status_code else r.code end,
                error = case when r.outcome = 'postponed' then d.error else r.error end,
                next_attempt_at = now() + make_interval(secs => r.delay), claimed_until = null, updated_at = now()
            from result r
            where d.id = r.id and d.status = 'pending' and d.claimed_until = r.claimed_until
            returning d.webhook_id, r.outcome, r.code, r.error
        ), attempted as (
            select webhook_id,
                bool_or(outcome = 'succeeded') as succeeded,
                count(*) filter (where outcome <> 'succeeded')::int as missed,
                count(*) filter (where outcome = 'failed')::int as failed,
                -- The receiver says that it never wants another one.
                coalesce(bool_or(code = 410), false) as gone,
                bool_or(code is null) as silent,
                max(error) as error
            from recorded
            where outcome in ('succeeded', 'retried', 'failed')
            group by webhook_id
        )
        """;

    private const string WebhooksChanged =
        """
        , judged as (
            select a.*, w.status = 'active' and not a.succeeded and (a.gone
                or (a.failed > 0 and w.failures + a.failed >= @FailuresMax)
                or w.failing_since < now() - @patience) as disabled
            from attempted a
            join ops.webhook w on w.id = a.webhook_id
        )
        update ops.webhook w
        set failures = case when j.succeeded then 0 else w.failures + j.failed end,
            failed_attempts = case when j.succeeded then 0 else w.failed_attempts + j.missed end,
            failing_since = case when not j.succeeded then coalesce(w.failing_since, now()) end,
            resume_at = case when j.silent and not j.succeeded then now() + make_interval(
                secs => least(@pauseSeconds * 2 ^ least(w.failed_attempts, 10), @pauseMaxSeconds)) end,
            status = case when j.disabled then 'disabled' else w.status end,
            disabled_reason = case when j.disabled then 'Messages could not be delivered. ' || j.error
                else w.disabled_reason end,
            updated_at = case when j.disabled then clock_timestamp() else w.updated_at end
        from judged j
        where w.id = j.webhook_id and (not j.succeeded or w.failures > 0 or w.failed_attempts > 0)
        """;
}
