using Assay.Conformance;

namespace Assay;

/// <summary>External events: kept, waited for, timed out, sent by orchestrations.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class EventConformanceTests(ConformanceHost host)
{
    private readonly ConformanceClient client = host.Client;

    [Fact]
    public async Task Events_are_kept_in_their_order_until_somebody_waits_whatever_the_case_of_their_name()
    {
        var id = await client.StartAsync(nameof(Events.Gather), 3);
        await client.WaitForStartAsync(id);

        await client.RaiseAsync(id, "number", 1);
        await client.RaiseAsync(id, "NUMBER", 2);
        await client.RaiseAsync(id, "Number", 3);

        Assert.Equal([1, 2, 3], ConformanceClient.Output<int[]>(await client.EndAsync(id)).Order());
    }

    [Fact]
    public async Task The_newest_waiter_gets_an_event_first()
    {
        var id = await client.StartAsync(nameof(Events.TwoWaiters));
        await client.ReachesAsync(id, "Running", "waiting");

        await client.RaiseAsync(id, "go", "one");
        await client.RaiseAsync(id, "go", "two");

        Assert.Equal(["two", "one"], ConformanceClient.Output<string[]>(await client.EndAsync(id)));
    }

    [Fact]
    public async Task Waiting_with_a_timeout_throws_TaskCanceledException_when_no_event_comes() =>
        Assert.Equal(nameof(TaskCanceledException), await client.OutputAsync<string>(nameof(Events.TimesOut)));

    [Fact]
    public async Task Waiting_with_a_timeout_ends_with_the_event_when_it_comes()
    {
        var id = await client.StartAsync(nameof(Events.ComesInTime));
        await client.ReachesAsync(id, "Running", "waiting");

        await client.RaiseAsync(id, "go", "in time");

        Assert.Equal("in time", ConformanceClient.Output<string>(await client.EndAsync(id)));
    }

    [Fact]
    public async Task The_same_event_is_not_waited_for_as_two_types() =>
        Assert.Equal(nameof(ArgumentException), await client.OutputAsync<string>(nameof(Events.TwoTypes)));

    [Fact]
    public async Task An_event_carries_a_payload_of_a_type_of_its_own()
    {
        var parcel = new Parcel("p", Size.Small, 2, DateTimeOffset.UnixEpoch, ["x"], Inside: null);
        var id = await client.StartAsync(nameof(Events.Receives));
        await client.WaitForStartAsync(id);

        await client.RaiseAsync(id, "parcel", parcel);

        Assert.Equivalent(parcel, ConformanceClient.Output<Parcel>(await client.EndAsync(id)), strict: true);
    }

    [Fact]
    public async Task An_orchestration_sends_an_event_to_another()
    {
        var receiver = await client.StartAsync(nameof(Events.Waits));
        await client.ReachesAsync(receiver, "Running", "waiting");

        var sender = await client.RunAsync(nameof(Events.Sends), receiver);

        Assert.Equal($"from {sender.Id}", ConformanceClient.Output<string>(await client.EndAsync(receiver)));
    }

    [Fact]
    public async Task An_event_for_an_instance_that_has_ended_or_never_was_is_refused()
    {
        var ended = await client.RunAsync(nameof(Calls.Chain), 1);

        await Assert.ThrowsAsync<RefusedException>(() => client.RaiseAsync(ended.Id, "go", ""));
        await Assert.ThrowsAsync<RefusedException>(() => client.RaiseAsync($"{Guid.NewGuid()}", "go", ""));
    }
}
