using System.Diagnostics;
using System.Net;

namespace Assay;

/// <summary>Streams end with their callers' right to them. All ways to lose it are gone at the same time.</summary>
public sealed class StreamRightTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly AssayApp app = shared.App;

    [Fact]
    public async Task A_stream_ends_within_five_seconds_of_its_callers_right_and_another_goes_on()
    {
        var organization = await app.Database.AddOrganizationAsync();
        var run = await AddRunAsync(organization, "organization", organization);
        var owner = await app.Database.AddMemberAsync(organization, Role.Member);
        await using var lasting = await FollowAsync(await app.ClientOfAsync(organization, Role.Viewer), run);

        await Task.WhenAll(
            LoseKeyAsync(organization, run, "api_key set revoked_at = now() where user_id = '@user'"),
            LoseKeyAsync(organization, run, "api_key set expires_at = now() where user_id = '@user'"),
            LoseKeyAsync(organization, run, """api_key set scopes = '["documents:read"]' where user_id = '@user'"""),
            LoseKeyAsync(organization, run, "organization_user set status = 'removed' where user_id = '@user'"),
            LoseKeyAsync(organization, run, "user_account set is_active = false where id = '@user'"),
            LoseSessionAsync("session set revoked_at = now() where user_id = '@user'"),
            LoseSessionAsync("session set expires_at = now() where user_id = '@user'"),
            LoseSessionAsync("organization_user set status = 'removed' where user_id = '@user'"),
            LoseSessionAsync(
                """
                organization set deleted_at = now() where id in (
                    select organization_id from ops.organization_user where user_id = '@user')
                """),
            LoseEntityAsync(organization, owner, "core.entity set visibility = 'private' where id = '@entity'"),
            LoseEntityAsync(organization, owner, "core.share set revoked_at = now() where entity_id = '@entity'"));

        Assert.False(lasting.Ended.IsCompleted, "The stream of a caller who lost nothing has ended.");
    }

    [Fact]
    public void All_streams_are_answered_where_their_callers_are_watched() => Assert.Equal(
        ["EventStream.cs"],
        Directory.EnumerateFiles(Repository.PathOf("functions"), "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("ServerSentEvents(", StringComparison.Ordinal))
            .Select(Path.GetFileName));

    private async Task LoseKeyAsync(Guid organization, Guid run, string loss)
    {
        var user = await app.Database.AddMemberAsync(organization, Role.Member);
        var client = Person.With(app, null, await app.Database.AddKeyAsync(organization, user)).Client;
        await AssertEndsAsync(client, run, $"update ops.{loss}".Replace("@user", $"{user}"));
        Assert.Contains((await client.GetAsync("/api/runs")).StatusCode, Refusals);
    }

    private async Task LoseSessionAsync(string loss)
    {
        var person = await Person.RegisterAsync(app);
        var user = await person.IdAsync(app);
        var organization = await app.Database.ValueAsync<Guid>(
            $"select organization_id from ops.organization_user where user_id = '{user}'");
        // Whoever is removed must not be the last owner.
        await app.Database.AddMemberAsync(organization, Role.Owner);
        var run = await AddRunAsync(organization, "organization", organization);
        await AssertEndsAsync(person.Client, run, $"update ops.{loss}".Replace("@user", $"{user}"));
        Assert.Contains((await person.Client.GetAsync("/api/runs")).StatusCode, Refusals);
    }

    private async Task LoseEntityAsync(Guid organization, Guid owner, string loss)
    {
        var user = await app.Database.AddMemberAsync(organization, Role.Member);
        var (entity, analysis) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var visibility = loss.Contains("share") ? "private" : "organization";
        await app.Database.ExecuteAsync(
            $$"""
            insert into core.entity (id, organization_id, owner_id, type, title, content, visibility)
            values ('{{entity}}', '{{organization}}', '{{owner}}', 'prompt', 'a', '{}', '{{visibility}}');
            insert into core.analysis_result (id, organization_id, entity_id, entity_version, prompt_content)
            values ('{{analysis}}', '{{organization}}', '{{entity}}', 1, 'a');
            """);
        if (visibility == "private")
            await app.Database.ExecuteAsync(
                $"""
                insert into core.share (organization_id, entity_id, grantee, user_id, permission)
                values ('{organization}', '{entity}', 'user', '{user}', 'view')
                """);
        var run = await AddRunAsync(organization, "analysis", analysis);
        var client = Person.With(app, null, await app.Database.AddKeyAsync(organization, user)).Client;
        await AssertEndsAsync(client, run, $"update {loss}".Replace("@entity", $"{entity}"));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/runs/{run}/stream")).StatusCode);
    }

    private async Task AssertEndsAsync(HttpClient client, Guid run, string loss)
    {
        await using var stream = await FollowAsync(client, run);
        await app.Database.ExecuteAsync(loss);
        var waited = Stopwatch.StartNew();
        await stream.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(waited.Elapsed < Limit, $"It took {waited.Elapsed.TotalSeconds:0.0} s after: {loss}");
    }

    // One that nothing carries on, nor ends.
    private async Task<Guid> AddRunAsync(Guid organization, string subjectType, Guid subject)
    {
        var id = Guid.CreateVersion7();
        await app.Database.ExecuteAsync(
            $"""
            insert into ops.workflow_run (id, organization_id, kind, status, subject_type, subject_id, started_at)
            values ('{id}', '{organization}', 'test', 'running', '{subjectType}', '{subject}', now())
            """);
        return id;
    }

    private static readonly HttpStatusCode[] Refusals = [HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden];

    /// <summary>Has read the first event, and goes on reading.</summary>
    private static async Task<Following> FollowAsync(HttpClient client, Guid run)
    {
        var answer = await client.GetAsync($"/api/runs/{run}/stream", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("event: run", await reader.ReadLineAsync());
        return new(answer, reader.ReadToEndAsync());
    }

    private sealed record Following(HttpResponseMessage Answer, Task Ended) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Answer.Dispose();
            await Ended.ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
