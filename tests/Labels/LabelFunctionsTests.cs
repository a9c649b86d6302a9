using System.Net;

namespace Assay;

public sealed class LabelFunctionsTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient member = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        member = await app.ClientOfAsync(organization, Role.Member);
        admin = await app.ClientOfAsync(organization, Role.Admin);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_label_points_at_a_version_and_is_read_without_being_sent_twice()
    {
        var prompt = await PromptAsync();
        await MoveAsync(member, prompt.Id, "staging", 1);

        var read = await member.GetAsync($"/api/prompts/{prompt.Id}?label=staging");
        Assert.Equal("One", (await read.ReadAsync<Entity>(HttpStatusCode.OK)).Title);
        var again = new HttpRequestMessage(HttpMethod.Get, read.RequestMessage!.RequestUri)
        {
            Headers = { IfNoneMatch = { read.Headers.ETag! } },
        };
        Assert.Equal(HttpStatusCode.NotModified, (await member.SendAsync(again)).StatusCode);

        await MoveAsync(member, prompt.Id, "staging", 2);
        Assert.Equal("Two", (await member.GetAsync<Entity>($"/api/prompts/{prompt.Id}?label=staging")).Title);
        var labeled = await member.GetAsync<Page<Entity>>("/api/prompts?label=staging");
        Assert.Equal(prompt.Id, Assert.Single(labeled.Items).Id);
        Assert.Empty((await member.GetAsync<Page<Entity>>("/api/prompts?label=production")).Items);
        var label = Assert.Single((await LabelsAsync(prompt.Id)).Items);
        Assert.Equal(("staging", 2), (label.Name, label.Version));

        var removed = await member.DeleteAsync($"/api/prompts/{prompt.Id}/labels/staging");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        var gone = await member.GetAsync($"/api/prompts/{prompt.Id}?label=staging");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("staging", 3, "version")]
    [InlineData("Staging", 1, "name")]
    [InlineData("staging", 0, "version")]
    public async Task What_cannot_be_a_label_is_named(string name, int version, string field)
    {
        var prompt = await PromptAsync();

        var refused = await SendAsync(member, prompt.Id, name, version);

        Assert.Contains(field, (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
    }

    [Fact]
    public async Task A_label_moves_at_once_for_everybody()
    {
        var prompt = await PromptAsync();
        await MoveAsync(member, prompt.Id, "live", 1);
        using var stop = new CancellationTokenSource();
        var titles = new HashSet<string>();
        var reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                titles.Add((await member.GetAsync<Entity>($"/api/prompts/{prompt.Id}?label=live")).Title);
        });

        for (var n = 0; n < 40; n++)
            await MoveAsync(member, prompt.Id, "live", (n % 2) + 1);
        await stop.CancelAsync();

        await reading;
        Assert.Subset(new HashSet<string> { "One", "Two" }, titles);
    }

    [Fact]
    public async Task Only_administrators_move_a_protected_label()
    {
        var prompt = await PromptAsync();
        await SetRuleAsync(new { });

        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(member, prompt.Id, "production", 1)).StatusCode);
        await MoveAsync(admin, prompt.Id, "production", 1);
        var taken = await member.DeleteAsync($"/api/prompts/{prompt.Id}/labels/production");
        Assert.Equal(HttpStatusCode.Forbidden, taken.StatusCode);
        var rule = await member.PutAsync("/api/label-rules/production", EntityClient.Json(new { }));
        Assert.Equal(HttpStatusCode.Forbidden, rule.StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync("/api/label-rules/production")).StatusCode);
        await MoveAsync(member, prompt.Id, "production", 2);
    }

    [Fact]
    public async Task Somebody_else_agrees_before_a_label_moves()
    {
        var prompt = await PromptAsync();
        await SetRuleAsync(new { needsApproval = true });

        var request = await RequestAsync(admin, prompt.Id);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(member, prompt.Id, "production", 1)).StatusCode);
        Assert.Empty((await LabelsAsync(prompt.Id)).Items);
        Assert.Equal(HttpStatusCode.Forbidden, (await DecideAsync(admin, request.Id, true)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await DecideAsync(member, request.Id, true)).StatusCode);

        var other = await app.ClientOfAsync(organization, Role.Admin);
        var decided = await (await DecideAsync(other, request.Id, true)).ReadAsync<LabelRequest>(HttpStatusCode.OK);
        Assert.Equal("approved", decided.Status);
        Assert.Equal(2, Assert.Single((await LabelsAsync(prompt.Id)).Items).Version);
        Assert.Equal(HttpStatusCode.Conflict, (await DecideAsync(other, request.Id, false)).StatusCode);
    }

    // Who asks, who decides, and how asking and deciding are answered.
    [Theory]
    [InlineData("member", "admin", 202, 200)]
    [InlineData("admin", "other admin", 202, 200)]
    [InlineData("admin", "admin", 202, 403)]
    [InlineData("admin", "admin's other key", 202, 403)]
    [InlineData("admin", "organization's key", 202, 403)]
    [InlineData("member", "organization's key", 202, 403)]
    [InlineData("member", "member", 202, 403)]
    [InlineData("member", "admin without the scope", 202, 403)]
    [InlineData("organization's key", "admin", 403, null)]
    public async Task Only_a_person_decides_and_never_who_asked(string asks, string decides, int asked, int? decided)
    {
        var adminId = await app.Database.AddMemberAsync(organization, Role.Admin);
        async Task<HttpClient> OfKeyAsync(Guid? user) =>
            Person.With(app, null, await app.Database.AddKeyAsync(organization, user)).Client;
        var callers = new Dictionary<string, HttpClient>
        {
            ["member"] = member,
            ["admin"] = await OfKeyAsync(adminId),
            ["admin's other key"] = await OfKeyAsync(adminId),
            ["other admin"] = admin,
            ["admin without the scope"] = await app.ClientOfAsync(
                organization, Role.Admin, Permissions.EntitiesWrite),
            ["organization's key"] = await OfKeyAsync(null),
        };
        var prompt = await PromptAsync();
        await SetRuleAsync(new { needsApproval = true });

        var answer = await SendAsync(callers[asks], prompt.Id, "production", 2);
        Assert.Equal(asked, (int)answer.StatusCode);
        if (decided is null)
            return;
        var request = await answer.ReadAsync<LabelRequest>(HttpStatusCode.Accepted);
        Assert.Equal(decided, (int)(await DecideAsync(callers[decides], request.Id, true)).StatusCode);
        Assert.Equal(decided == 200 ? 1 : 0, (await LabelsAsync(prompt.Id)).Items.Count);
    }

    [Theory]
    [InlineData("update core.label_request set expires_at = now() - interval '1 second' where id = '@request'", true)]
    [InlineData("update core.label_request set expires_at = now() - interval '1 second' where id = '@request'", false)]
    [InlineData("update core.entity set deleted_at = now() where id = '@entity'", true)]
    [InlineData("update core.entity set deleted_at = now() where id = '@entity'", false)]
    public async Task Nothing_is_decided_after_its_time_or_of_what_is_deleted(string end, bool approve)
    {
        var prompt = await PromptAsync();
        await SetRuleAsync(new { needsApproval = true });
        var request = await RequestAsync(member, prompt.Id);
        await app.Database.ExecuteAsync(end.Replace("@request", $"{request.Id}").Replace("@entity", $"{prompt.Id}"));

        Assert.Equal(HttpStatusCode.Conflict, (await DecideAsync(admin, request.Id, approve)).StatusCode);
        Assert.Equal(0L, await app.Database.ValueAsync<long>(
            $"select count(*) from core.entity_label where entity_id = '{prompt.Id}'"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_waits_for_a_decision_ends_with_it(bool approve)
    {
        var prompt = await PromptAsync();
        await SetRuleAsync(new { needsApproval = true });
        var request = await RequestAsync(member, prompt.Id);
        await member.RunNowAsync(nameof(LabelApproval.StartLabelApprovals));
        await UntilAsync(request.Id, "Running");

        await DecideAsync(admin, request.Id, approve);

        await UntilAsync(request.Id, "Completed");
    }

    [Fact]
    public async Task What_is_rejected_moves_nothing()
    {
        var prompt = await PromptAsync();
        await SetRuleAsync(new { needsApproval = true });

        var request = await RequestAsync(member, prompt.Id);
        await DecideAsync(admin, request.Id, false);

        Assert.Equal("rejected", (await member.GetAsync<LabelRequest>($"/api/label-requests/{request.Id}")).Status);
        Assert.Empty((await LabelsAsync(prompt.Id)).Items);
        await RequestAsync(member, prompt.Id);
    }

    [Fact]
    public async Task A_request_that_nobody_answers_is_repeated_and_expires()
    {
        var prompt = await PromptAsync();
        await SetRuleAsync(new { needsApproval = true });
        // As if it had been asked for long ago: past half of its time, whose end comes in seconds.
        var id = Guid.CreateVersion7();
        await app.Database.ExecuteAsync(
            $"""
            insert into core.label_request (id, organization_id, entity_id, name, version, created_at, expires_at)
            values ('{id}', '{organization}', '{prompt.Id}', 'production', 2, now() - interval '1 hour',
                now() + interval '5 seconds')
            """);
        await member.RunNowAsync(nameof(LabelApproval.StartLabelApprovals));

        LabelRequest? now = null;
        await Eventually.TrueAsync(
            async () =>
                (now = await member.GetAsync<LabelRequest>($"/api/label-requests/{id}")).Status == "expired",
            TimeSpan.FromSeconds(60), () => $"It is {now?.Status}.");

        Assert.NotNull(now!.EscalatedAt);
        Assert.Empty((await LabelsAsync(prompt.Id)).Items);
        Assert.Equal(1L, await app.Database.ValueAsync<long>(
            $"select count(*) from ops.event where entity_id = '{id}' and action = 'escalated'"));
    }

    private async Task UntilAsync(Guid instance, string status)
    {
        var now = "";
        await Eventually.TrueAsync(
            async () =>
            {
                var answer = await app.Client.GetAsync($"/runtime/webhooks/durabletask/instances/{instance}");
                now = await answer.Content.ReadAsStringAsync();
                return now.Contains($"\"runtimeStatus\":\"{status}\"", StringComparison.Ordinal);
            },
            null, () => $"It is not {status}: {now}");
    }

    private async Task<Entity> PromptAsync()
    {
        var prompt = await member.AddPromptAsync("One");
        await member.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Two" });
        return prompt;
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, Guid id, string name, int version) =>
        client.PutAsync($"/api/prompts/{id}/labels/{name}", EntityClient.Json(new { version }));

    private static async Task MoveAsync(HttpClient client, Guid id, string name, int version) =>
        await (await SendAsync(client, id, name, version)).ReadAsync<EntityLabel>(HttpStatusCode.OK);

    private static async Task<LabelRequest> RequestAsync(HttpClient client, Guid id) =>
        await (await SendAsync(client, id, "production", 2)).ReadAsync<LabelRequest>(HttpStatusCode.Accepted);

    private static Task<HttpResponseMessage> DecideAsync(HttpClient client, Guid id, bool approve) =>
        client.PostAsync($"/api/label-requests/{id}/decision", EntityClient.Json(new { approve }));

    private async Task SetRuleAsync(object rule) =>
        await (await admin.PutAsync("/api/label-rules/production", EntityClient.Json(rule)))
            .ReadAsync<LabelRule>(HttpStatusCode.OK);

    private Task<Page<EntityLabel>> LabelsAsync(Guid id) =>
        member.GetAsync<Page<EntityLabel>>($"/api/prompts/{id}/labels");
}
