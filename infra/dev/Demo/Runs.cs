namespace Assay;

/// <summary><c>./dev runs</c>: what runs, since when, how it stands or ended, and why.</summary>
internal static class Runs
{
    private const int TakeDefault = 20;

    private static readonly TimeSpan FollowStep = TimeSpan.FromSeconds(1);

    /// <summary>The exit code: 1 when an orchestration that was followed ended badly.</summary>
    public static async Task<int> RunAsync(InstancesApi api, RunsOptions options, CancellationToken cancellation)
    {
        if (options.Id is { } id)
            return await OneAsync(api, id, options.Follow, cancellation);

        int? take = options.All ? null : TakeDefault;
        var found = await api.ListAsync(options, take, cancellation);
        ShowRuns.List(found, DateTimeOffset.UtcNow);
        if (found.Count == take)
            Show.Line("These are the newest; --all shows the others, too.");
        if (options.Follow)
            await FollowAsync(api, options, found, cancellation);
        return 0;
    }

    private static async Task<int> OneAsync(
        InstancesApi api, string id, bool follow, CancellationToken cancellation)
    {
        var instance = await api.FindAsync(id, cancellation);
        ShowRuns.Head(instance, DateTimeOffset.UtcNow);
        ShowRuns.Steps(instance, [], DateTimeOffset.UtcNow);
        while (follow && !instance.HasEnded)
        {
            await Task.Delay(FollowStep, cancellation);
            var before = instance.HistoryEvents ?? [];
            instance = await api.FindAsync(id, cancellation);
            ShowRuns.Steps(instance, before, DateTimeOffset.UtcNow);
            if (instance.HasEnded)
                ShowRuns.Head(instance, DateTimeOffset.UtcNow);
        }
        return follow && instance.RuntimeStatus != "Completed" ? 1 : 0;
    }

    /// <summary>Prints a line for each instance that is new or another than before.</summary>
    private static async Task FollowAsync(
        InstancesApi api, RunsOptions options, IReadOnlyList<Instance> before, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(FollowStep, cancellation);
            var now = await api.ListAsync(options, TakeDefault, cancellation);
            foreach (var changed in now.ExceptBy(before.Select(Looks), Looks).Reverse())
                ShowRuns.Row(changed, DateTimeOffset.UtcNow);
            before = now;
        }

        static (string, string, string) Looks(Instance one) =>
            (one.InstanceId, one.RuntimeStatus, ShowRuns.Said(one));
    }
}
