namespace Assay;

public sealed class LanesTests
{
    // What awaits goes on at once, on this thread, as in an orchestrator.
    public LanesTests() => SynchronizationContext.SetSynchronizationContext(null);

    [Fact]
    public async Task Work_is_done_a_few_at_a_time_and_its_results_come_in_order()
    {
        var work = Enumerable.Range(0, 6).Select(_ => new TaskCompletionSource<int>()).ToArray();
        var begun = new List<int>();

        var all = Lanes.ForEachAsync(null!, [0, 1, 2, 3, 4, 5], 3, number =>
        {
            begun.Add(number);
            return work[number].Task;
        });

        Assert.Equal([0, 1, 2], begun);
        work[1].SetResult(10);
        Assert.Equal([0, 1, 2, 3], begun);
        foreach (var number in (int[])[3, 0, 2, 4, 5])
            work[number].SetResult(number * 10);
        Assert.Equal([0, 10, 20, 30, 40, 50], await all);
    }

    [Fact]
    public async Task After_a_failure_nothing_more_is_begun()
    {
        var work = Enumerable.Range(0, 6).Select(_ => new TaskCompletionSource<int>()).ToArray();
        var begun = 0;

        var all = Lanes.ForEachAsync(null!, [0, 1, 2, 3, 4, 5], 2, number =>
        {
            begun++;
            return work[number].Task;
        });
        work[0].SetException(new InvalidOperationException());
        work[1].SetResult(1);

        await Assert.ThrowsAsync<InvalidOperationException>(() => all);
        Assert.Equal(2, begun);
    }
}
