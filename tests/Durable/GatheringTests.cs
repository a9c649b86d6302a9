using Assay.Local;
using Npgsql;

namespace Assay;

public sealed class GatheringTests
{
    [Fact]
    public async Task What_is_asked_for_during_a_round_trip_goes_together_into_the_next()
    {
        List<int> sizes = [];
        var (underWay, arrived) = (new TaskCompletionSource(), new TaskCompletionSource());
        var gathering = new Gathering<int, int>(
            async asked =>
            {
                sizes.Add(asked.Count);
                underWay.TrySetResult();
                await arrived.Task;
                return [.. asked.Select(number => number * 2)];
            },
            max: 3);

        List<Task<int>> answers = [gathering.AskAsync(1, CancellationToken.None)];
        await underWay.Task;
        answers.AddRange(Enumerable.Range(2, 4).Select(n => gathering.AskAsync(n, CancellationToken.None)));
        arrived.SetResult();

        var doubled = await Task.WhenAll(answers);
        Assert.Equal([2, 4, 6, 8, 10], doubled);
        Assert.Equal([1, 3, 1], sizes);
    }

    [Fact]
    public async Task What_has_the_same_key_never_shares_a_round_trip_and_keeps_its_order()
    {
        List<string> trips = [];
        var (underWay, arrived) = (new TaskCompletionSource(), new TaskCompletionSource());
        var gathering = new Gathering<string, string>(
            async asked =>
            {
                trips.Add(string.Join(' ', asked));
                underWay.TrySetResult();
                await arrived.Task;
                return [.. asked];
            },
            max: 10, key: text => text[..1]);

        List<Task<string>> answers = [gathering.AskAsync("z", CancellationToken.None)];
        await underWay.Task;
        answers.AddRange(new[] { "a1", "b1", "a2", "c1", "b2" }.Select(
            text => gathering.AskAsync(text, CancellationToken.None)));
        arrived.SetResult();

        await Task.WhenAll(answers);
        Assert.Equal(["z", "a1 b1", "a2 c1 b2"], trips);
    }

    [Fact]
    public async Task Values_that_are_refused_concern_their_caller_alone_and_a_lost_connection_all()
    {
        var first = new TaskCompletionSource();
        var gathering = new Gathering<string, string>(
            async asked =>
            {
                await first.Task;
                if (asked.Contains("refused"))
                    throw new PostgresException("no such text", "ERROR", "ERROR", "22021");
                if (asked.Contains("cut"))
                    throw new NpgsqlException("cut");
                return [.. asked];
            },
            max: 10);

        var begun = gathering.AskAsync("first", CancellationToken.None);
        var good = gathering.AskAsync("good", CancellationToken.None);
        var refused = gathering.AskAsync("refused", CancellationToken.None);
        first.SetResult();

        Assert.Equal("first", await begun);
        Assert.Equal("good", await good);
        await Assert.ThrowsAsync<PostgresException>(() => refused);
        await Assert.ThrowsAsync<NpgsqlException>(() => gathering.AskAsync("cut", CancellationToken.None));
        Assert.Equal("after", await gathering.AskAsync("after", CancellationToken.None));
    }
}
