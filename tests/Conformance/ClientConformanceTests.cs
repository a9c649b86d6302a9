using Assay.Conformance;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>What a client can do to instances and ask of them.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class ClientConformanceTests(ConformanceHost host)
{
    private readonly ConformanceClient client = host.Client;
    private readonly string prefix = $"{Guid.NewGuid():n}";

    [Fact]
    public async Task The_id_of_a_live_instance_is_refused_and_that_of_an_ended_one_is_free_again()
    {
        await client.StartAsync(nameof(Events.Waits), request: new(Id: prefix));
        await client.ReachesAsync(prefix, "Running", "waiting");

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => client.StartAsync(nameof(Events.Waits), request: new(Id: prefix)));
        await client.RaiseAsync(prefix, "go", "first");
        var first = await client.EndAsync(prefix);
        var second = await client.RunAsync(nameof(Calls.Chain), 2, new(Id: prefix));

        Assert.Equal("OrchestrationAlreadyExistsException", refused.Refusal.Exception);
        Assert.Equal("first", ConformanceClient.Output<string>(first));
        Assert.Equal(2, ConformanceClient.Output<int>(second));
    }

    [Fact]
    public async Task An_ended_instance_keeps_its_id_when_its_status_is_to_be_deduplicated()
    {
        await client.RunAsync(nameof(Calls.Chain), 1, new(Id: prefix));
        var request = new StartRequest(Id: prefix, DedupeStatuses: ["Completed"]);

        // Host extension 2.13 does not know of this.
        if (!host.IsForeign)
            await Assert.ThrowsAsync<RefusedException>(() => client.StartAsync(nameof(Calls.Chain), 1, request));
    }

    [Fact]
    public async Task An_orchestrator_that_does_not_exist_fails() =>
        Assert.Equal("Failed", (await client.RunAsync("Nobody")).Status);

    [Fact]
    public async Task A_start_in_the_future_waits_and_can_be_terminated_before()
    {
        await client.StartAsync(
            nameof(Calls.Chain), 1, new(Id: prefix, StartAt: DateTimeOffset.UtcNow.AddHours(1)));

        var found = await client.FindAsync(prefix);
        // Host extension 2.13 starts at once.
        if (host.IsForeign && found!.Status != "Pending")
            return;
        Assert.Equal("Pending", found!.Status);
        await client.TerminateAsync(prefix, "never mind");
        Assert.Equal("Terminated", (await client.EndAsync(prefix)).Status);
    }

    [Fact]
    public async Task A_start_in_a_moment_happens_then()
    {
        var at = DateTimeOffset.UtcNow.AddSeconds(1);
        var ended = await client.RunAsync(nameof(Calls.Chain), 1, new(StartAt: at));

        Assert.Equal("Completed", ended.Status);
        if (!host.IsForeign)
            Assert.True(ended.LastUpdatedAt >= at.AddMilliseconds(-50), $"{ended.LastUpdatedAt:O} is before {at:O}.");
    }

    [Fact]
    public async Task Tags_stay_with_the_instance()
    {
        var ended = await client.RunAsync(
            nameof(Calls.Chain), 1, new(Tags: new() { ["team"] = "blue", ["cost center"] = "7" }));

        // Host extension 2.13 drops them.
        if (!host.IsForeign || ended.Tags.Count > 0)
            Assert.Equal(("blue", "7"), (ended.Tags["team"], ended.Tags["cost center"]));
    }

    [Fact]
    public async Task A_client_waits_for_the_start_and_for_the_end()
    {
        var id = await client.StartAsync(nameof(Events.Waits));

        Assert.Equal("Running", (await client.WaitForStartAsync(id))!.Status);
        var ending = client.EndAsync(id);
        await client.RaiseAsync(id, "go", "!");
        Assert.Equal("Completed", (await ending).Status);
    }

    [Fact]
    public async Task Inputs_and_outputs_are_given_only_when_asked_for()
    {
        var ended = await client.RunAsync(nameof(Calls.Chain), 2);

        var without = await client.FindAsync(ended.Id, contents: false);
        var with = await client.FindAsync(ended.Id);

        Assert.Equal((null, null), (without!.Input, without.Output));
        Assert.Equal(("2", "2"), (with!.Input, with.Output));
        Assert.Equal(nameof(Calls.Chain), with.Name);
        Assert.InRange(with.LastUpdatedAt, with.CreatedAt, DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Null(await client.FindAsync("unknown"));
    }

    [Fact]
    public async Task A_suspended_instance_takes_no_step_until_it_is_resumed()
    {
        var id = await client.StartAsync(nameof(Events.Waits));
        await client.ReachesAsync(id, "Running", "waiting");
        await client.SuspendAsync(id);
        await client.ReachesAsync(id, "Suspended");

        await client.RaiseAsync(id, "go", "held back");
        Assert.Equal("Suspended", (await client.FindAsync(id))!.Status);
        await client.ResumeAsync(id);

        Assert.Equal("held back", ConformanceClient.Output<string>(await client.EndAsync(id)));
    }

    [Fact]
    public async Task A_suspended_instance_can_be_terminated()
    {
        var id = await client.StartAsync(nameof(Events.Waits));
        await client.ReachesAsync(id, "Running", "waiting");
        await client.SuspendAsync(id);
        await client.ReachesAsync(id, "Suspended");

        await client.TerminateAsync(id);

        Assert.Equal("Terminated", (await client.EndAsync(id)).Status);
    }

    [Fact]
    public async Task A_terminated_instance_ends_with_the_output_that_was_given()
    {
        var id = await client.StartAsync(nameof(Events.Waits));
        await client.WaitForStartAsync(id);

        await client.TerminateAsync(id, "enough");
        var ended = await client.EndAsync(id);

        Assert.Equal("Terminated", ended.Status);
        Assert.Contains("enough", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_termination_leaves_sub_orchestrations_alone()
    {
        var parent = await client.StartAsync(nameof(Children.WaitsForChild), prefix);
        await client.ReachesAsync(prefix, "Running", "waiting");

        await client.TerminateAsync(parent, recursive: true);

        Assert.Equal("Terminated", (await client.EndAsync(parent)).Status);
        Assert.Equal("Running", (await client.FindAsync(prefix))!.Status);
    }

    [Fact]
    public async Task An_ended_instance_is_told_nothing_more()
    {
        var ended = await client.RunAsync(nameof(Calls.Chain), 1);

        await Assert.ThrowsAsync<RefusedException>(() => client.TerminateAsync(ended.Id));
        await Assert.ThrowsAsync<RefusedException>(() => client.SuspendAsync(ended.Id));
        await Assert.ThrowsAsync<RefusedException>(() => client.ResumeAsync(ended.Id));
        Assert.Equal("Completed", (await client.FindAsync(ended.Id))!.Status);
    }

    [Fact]
    public async Task An_instance_is_started_again_with_its_input_under_a_new_id_or_its_own()
    {
        // Host extension 2.13 does not offer this to isolated workers.
        if (host.IsForeign)
            return;
        var first = await client.RunAsync(nameof(Calls.Chain), 3, new(Id: prefix));

        var anew = await client.RestartAsync(prefix, newId: true);
        var again = await client.RestartAsync(prefix, newId: false);

        Assert.NotEqual(prefix, anew);
        Assert.Equal(prefix, again);
        Assert.Equal(first.Output, (await client.EndAsync(anew!)).Output);
        Assert.Equal(first.Output, (await client.EndAsync(again!)).Output);
    }

    [Theory]
    [InlineData(nameof(Repairs.Builds))]
    [InlineData(nameof(Repairs.BuildsBelow))]
    public async Task A_rewound_instance_runs_what_failed_again_and_nothing_else(string name)
    {
        var failed = await client.RunAsync(name, prefix);
        Assert.Equal("Failed", failed.Status);

        (await host.Http.PostAsync($"/api/mend/{prefix}", null)).EnsureSuccessStatusCode();
        await client.RewindAsync(failed.Id);
        var ended = await client.EndAsync(failed.Id);

        Assert.Equal("Completed", ended.Status);
        Assert.Equal([1, 2], ConformanceClient.Output<int[]>(ended));
    }

    [Fact]
    public async Task Only_a_failed_instance_is_rewound()
    {
        var ended = await client.RunAsync(nameof(Calls.Chain), 1);

        await Assert.ThrowsAsync<RefusedException>(() => client.RewindAsync(ended.Id));
        await Assert.ThrowsAsync<RefusedException>(() => client.RewindAsync(prefix));
    }

    [Fact]
    public async Task Instances_are_listed_by_status_time_and_prefix_in_pages()
    {
        var before = DateTimeOffset.UtcNow.AddMinutes(-1);
        foreach (var i in Enumerable.Range(0, 5))
            await client.RunAsync(nameof(Calls.Chain), 1, new(Id: $"{prefix}-{i}"));
        await client.StartAsync(nameof(Events.Waits), request: new(Id: $"{prefix}-waits"));
        await client.WaitForStartAsync($"{prefix}-waits");
        var completed = new InstanceFilter([OrchestrationRuntimeStatus.Completed], before, Prefix: prefix);

        var pages = await client.ListAsync(completed with { PageSize = 2, Contents = true });
        var all = await client.ListAsync(new(Prefix: prefix));
        var none = await client.ListAsync(completed with { To = before });

        var listed = pages.SelectMany(page => page.Instances).ToList();
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{prefix}-{i}"), listed.Select(found => found.Id).Order());
        Assert.All(listed, found => Assert.Equal("1", found.Output));
        Assert.All(pages, page => Assert.InRange(page.Instances.Count, 0, 2));
        Assert.Equal(6, all.Sum(page => page.Instances.Count));
        Assert.All(all.SelectMany(page => page.Instances), found => Assert.Null(found.Output));
        Assert.Equal(0, none.Sum(page => page.Instances.Count));
    }

    [Fact]
    public async Task A_listing_goes_on_from_the_token_of_a_page()
    {
        foreach (var i in Enumerable.Range(0, 3))
            await client.RunAsync(nameof(Calls.Chain), 1, new(Id: $"{prefix}-{i}"));
        var filter = new InstanceFilter(Prefix: prefix, PageSize: 2);

        var first = (await client.ListAsync(filter))[0];
        var rest = await client.ListAsync(filter with { Token = first.Token });

        var seen = first.Instances.Concat(rest.SelectMany(page => page.Instances)).Select(found => found.Id);
        Assert.Equal(Enumerable.Range(0, 3).Select(i => $"{prefix}-{i}"), seen.Order());
    }

    [Fact]
    public async Task A_token_that_is_none_is_refused()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => client.ListAsync(new(Token: "no token")));
    }

    [Fact]
    public async Task The_history_of_an_instance_is_all_that_happened_in_order()
    {
        // Host extension 2.13 does not offer this to isolated workers.
        if (host.IsForeign)
            return;
        var chain = await client.RunAsync(nameof(Calls.Chain), 1);
        var failed = await client.RunAsync(nameof(Failures.Fails), "why");
        var ticks = await client.RunAsync(nameof(Timers.Ticks), 1);

        Assert.Equal(
            [
                "OrchestratorStarted", "started Chain 1", "scheduled 0 AddOne ", "OrchestratorCompleted",
                "OrchestratorStarted", "completed 0 1", "Completed 1", "OrchestratorCompleted",
            ],
            await client.HistoryAsync(chain.Id));
        var failure = await client.HistoryAsync(failed.Id);
        Assert.Equal("failed 0 why", failure[^3]);
        Assert.StartsWith("Failed ", failure[^2], StringComparison.Ordinal);
        Assert.Equal(["timer 0", "fired 0", "Completed 1"], (await client.HistoryAsync(ticks.Id))
            .Where(line => !line.StartsWith("Orchestrator", StringComparison.Ordinal)).Skip(1));
        await Assert.ThrowsAsync<RefusedException>(() => client.HistoryAsync(prefix));
    }

    [Fact]
    public async Task An_ended_instance_is_purged_and_then_unknown()
    {
        var ended = await client.RunAsync(nameof(Calls.Chain), 1);

        Assert.Equal(1, await client.PurgeAsync(ended.Id));
        Assert.Null(await client.FindAsync(ended.Id));
        Assert.Equal(0, await client.PurgeAsync(ended.Id));
    }

    [Fact]
    public async Task A_live_instance_is_not_purged()
    {
        var id = await client.StartAsync(nameof(Events.Waits));
        await client.ReachesAsync(id, "Running", "waiting");

        // Azure Storage deletes what it is told to.
        if (host.IsForeign)
            return;
        await Assert.ThrowsAsync<RefusedException>(() => client.PurgeAsync(id));
        Assert.Equal("Running", (await client.FindAsync(id))!.Status);
    }

    [Fact]
    public async Task A_purge_leaves_sub_orchestrations_alone()
    {
        var parent = await client.StartAsync(nameof(Children.WaitsForChild), prefix);
        await client.ReachesAsync(prefix, "Running", "waiting");
        await client.RaiseAsync(prefix, "go", "");
        await client.EndAsync(parent);

        Assert.Equal(1, await client.PurgeAsync(parent, recursive: true));
        Assert.NotNull(await client.FindAsync(prefix));
    }

    [Fact]
    public async Task Instances_are_purged_by_time_and_status()
    {
        var from = DateTimeOffset.UtcNow;
        await client.RunAsync(nameof(Failures.Throws), "for the purge", new(Id: $"{prefix}-failed"));
        await client.RunAsync(nameof(Calls.Chain), 1, new(Id: $"{prefix}-completed"));

        var purged = await client.PurgeAsync(
            new InstanceFilter([OrchestrationRuntimeStatus.Failed], from.AddSeconds(-1), DateTimeOffset.UtcNow));

        Assert.InRange(purged, 1, int.MaxValue);
        Assert.Null(await client.FindAsync($"{prefix}-failed"));
        Assert.NotNull(await client.FindAsync($"{prefix}-completed"));
    }
}
