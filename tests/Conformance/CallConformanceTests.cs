using Assay.Conformance;

namespace Assay;

/// <summary>Calls of activities, sub-orchestrations and HTTP, and what goes through them.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class CallConformanceTests(ConformanceHost host)
{
    private static readonly Parcel Parcel = new(
        "für dich", Size.Large, 1.25m, new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(2)),
        ["a", "b \"quoted\""], Inside: null);

    private readonly ConformanceClient client = host.Client;

    [Fact]
    public async Task Activities_and_sub_orchestrations_are_called_without_asking_for_a_result() =>
        Assert.Equal("done", await client.OutputAsync<string>(nameof(Calls.Untyped)));

    [Fact]
    public async Task Inputs_and_results_keep_their_types_through_orchestrator_and_activity()
    {
        var returned = await client.OutputAsync<Parcel>(nameof(Calls.Forward), Parcel);

        Assert.Equal(Parcel.Contents, returned.Inside!.Contents);
        Assert.Equivalent(Parcel with { Inside = Parcel }, returned, strict: true);
    }

    [Fact]
    public async Task The_input_is_read_from_the_context_as_the_type_that_is_asked_for() =>
        Assert.Equal("1.25", await client.OutputAsync<string>(nameof(Calls.Measure), Parcel));

    [Fact]
    public async Task Options_in_the_place_of_the_input_are_an_ArgumentException() =>
        Assert.Equal(nameof(ArgumentException), await client.OutputAsync<string>(nameof(Calls.Mistake)));

    [Fact]
    public async Task An_orchestration_calls_HTTP_and_sees_whatever_status_comes_back()
    {
        Assert.Equal(
            200, await client.OutputAsync<int>(nameof(Calls.CallHttp), new Uri(host.Http.BaseAddress!, "/api/lines")));
        Assert.Equal(
            404, await client.OutputAsync<int>(nameof(Calls.CallHttp), new Uri(host.Http.BaseAddress!, "/api/none")));
    }

    [Fact]
    public async Task A_sub_orchestration_knows_its_parent_and_a_root_has_none()
    {
        var family = await client.RunAsync(nameof(Children.Family));

        Assert.Equal($"{nameof(Children.Family)} {family.Id}", ConformanceClient.Output<string>(family));
        Assert.Equal("none", await client.OutputAsync<string>(nameof(Children.Parent)));
    }

    [Fact]
    public async Task A_sub_orchestration_has_the_tags_of_its_caller_besides_its_own()
    {
        var childId = $"child-{Guid.NewGuid():n}";
        await client.RunAsync(
            nameof(Children.TagsChild), childId, new(Tags: new() { ["team"] = "blue", ["level"] = "parent" }));

        var child = await client.FindAsync(childId);

        // Host extension 2.13 drops tags.
        if (!host.IsForeign || child!.Tags.Count > 0)
            Assert.Equal(("blue", "child"), (child!.Tags["team"], child.Tags["level"]));
    }

    [Fact]
    public async Task A_sub_orchestration_that_is_retried_keeps_its_id()
    {
        var ids = await client.OutputAsync<string[]>(nameof(Children.RetriesChild));

        Assert.Equal(2, ids.Length);
        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task A_sub_orchestration_runs_under_the_id_that_its_caller_chose()
    {
        var childId = $"child-{Guid.NewGuid():n}";
        var parent = await client.StartAsync(nameof(Children.WaitsForChild), childId);
        await client.ReachesAsync(childId, "Running", "waiting");

        await client.RaiseAsync(childId, "go", "to the child");

        Assert.Equal("to the child", ConformanceClient.Output<string>(await client.EndAsync(parent)));
    }
}
