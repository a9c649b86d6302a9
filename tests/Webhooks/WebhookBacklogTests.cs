using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Which messages are sent next, among those of many organizations.</summary>
public sealed class WebhookBacklogTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly WebhookBacklog backlog = new(database.Jobs, Options.Create(new WebhookOptions()));

    public Task InitializeAsync() => database.ExecuteAsync("delete from ops.webhook");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_quiet_organization_is_served_in_the_first_round_beside_a_hundred_that_have_thousands_waiting()
    {
        await AddAsync(organizations: 100, webhooks: 5, messages: 20);
        await AddAsync(organizations: 1, webhooks: 1, messages: 1);

        var claimed = await backlog.ClaimAsync(101, 50, None);

        Assert.Equal(101, claimed.Select(message => message.OrganizationId).Distinct().Count());
    }

    [Fact]
    public async Task Of_an_organization_four_are_sent_at_a_time_and_of_a_webhook_two()
    {
        await AddAsync(organizations: 1, webhooks: 10, messages: 10);
        await AddAsync(organizations: 1, webhooks: 1, messages: 10);

        var claimed = await backlog.ClaimAsync(100, 50, None);

        Assert.Equal([2, 4], claimed.CountBy(message => message.OrganizationId).Select(one => one.Value).Order());
        Assert.All(claimed.CountBy(message => message.WebhookId), webhook => Assert.InRange(webhook.Value, 1, 2));
        Assert.Empty(await backlog.ClaimAsync(100, 50, None));
        await backlog.RecordAsync([new(claimed[0], DeliveryOutcome.Succeeded, 200)], None);
        var next = Assert.Single(await backlog.ClaimAsync(100, 50, None));
        Assert.Equal(claimed[0].OrganizationId, next.OrganizationId);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_is_asked_less_and_less_often_and_others_go_on()
    {
        await AddAsync(organizations: 1, webhooks: 2, messages: 5);
        var first = await backlog.ClaimAsync(100, 50, None);
        var silent = first[0].WebhookId;

        await backlog.RecordAsync(
            [.. first.Where(message => message.WebhookId == silent)
                .Select(message => new Delivery(message, DeliveryOutcome.Retried, DelaySeconds: 0))],
            None);

        Assert.DoesNotContain(await backlog.ClaimAsync(100, 50, None), message => message.WebhookId == silent);
        Assert.InRange(await PauseAsync(silent), 4, 5);
        await database.ExecuteAsync("update ops.webhook set resume_at = now()");
        var again = Assert.Single(await backlog.ClaimAsync(100, 50, None), message => message.WebhookId == silent);
        Assert.True(again.Failing);
        await backlog.RecordAsync([new(again, DeliveryOutcome.Retried)], None);
        Assert.InRange(await PauseAsync(silent), 19, 20);
    }

    [Fact]
    public async Task Receivers_that_failed_leave_room_for_those_that_did_not()
    {
        await AddAsync(organizations: 50, webhooks: 1, messages: 2);
        await database.ExecuteAsync("update ops.webhook set failed_attempts = 1, failing_since = now()");
        await AddAsync(organizations: 10, webhooks: 1, messages: 1);

        var claimed = await backlog.ClaimAsync(20, 10, None);

        Assert.Equal((10, 10), (claimed.Count(message => message.Failing), claimed.Count(message => !message.Failing)));
    }

    [Fact]
    public async Task What_is_recorded_after_a_claim_expired_changes_nothing()
    {
        await AddAsync(organizations: 1, webhooks: 1, messages: 1);
        var lost = Assert.Single(await backlog.ClaimAsync(10, 5, None));
        await database.ExecuteAsync("update ops.webhook_delivery set claimed_until = now() - interval '1 s'");
        var taken = Assert.Single(await backlog.ClaimAsync(10, 5, None));

        await backlog.RecordAsync([new(lost, DeliveryOutcome.Failed, 500, "Late.")], None);
        await backlog.RecordAsync([new(taken, DeliveryOutcome.Succeeded, 200)], None);
        await backlog.RecordAsync([new(taken, DeliveryOutcome.Failed, 500, "Again.")], None);

        Assert.Equal("succeeded 1 200", await database.ValueAsync<string>(
            $"""
            select concat_ws(' ', status, attempts, status_code, error) from ops.webhook_delivery
            where id = '{lost.Id}'
            """));
    }

    [Fact]
    public async Task A_webhook_that_took_nothing_for_as_long_as_a_message_is_tried_is_disabled()
    {
        await AddAsync(organizations: 1, webhooks: 1, messages: 100);
        await database.ExecuteAsync(
            "update ops.webhook set failed_attempts = 9, failing_since = now() - interval '4 days'");
        var claimed = Assert.Single(await backlog.ClaimAsync(10, 5, None));

        await backlog.RecordAsync([new(claimed, DeliveryOutcome.Retried, Error: "Silence.", DelaySeconds: 5)], None);

        Assert.Equal(
            ("disabled", "Messages could not be delivered. Silence."),
            (await database.ValueAsync<string>($"select status from ops.webhook where id = '{claimed.WebhookId}'"),
                await database.ValueAsync<string>(
                    $"select disabled_reason from ops.webhook where id = '{claimed.WebhookId}'")));
    }

    private Task<double> PauseAsync(Guid webhook) => database.ValueAsync<double>(
        $"select extract(epoch from resume_at - now())::float8 from ops.webhook where id = '{webhook}'");

    /// <summary>Messages that have been due for a while, each organization's later than those before.</summary>
    private Task AddAsync(int organizations, int webhooks, int messages) => database.ExecuteAsync(
        $"""
        with organization as (
            insert into ops.organization (name, slug)
            select 'Test', 'fair-' || gen_random_uuid() from generate_series(1, {organizations})
            returning id
        ), webhook as (
            insert into ops.webhook (organization_id, url, event_types, ciphertext, encryption_key_id)
            select id, 'http://127.0.0.1/', '{"{none.*}"}', '', 'test' from organization, generate_series(1, {webhooks})
            returning id, organization_id
        )
        insert into ops.webhook_delivery (organization_id, webhook_id, event_type, payload)
        select organization_id, id, 'webhook.ping', jsonb_build_object() from webhook, generate_series(1, {messages})
        """);
}
