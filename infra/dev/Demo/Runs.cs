namespace Assay;

/// <summary><c>./dev runs</c>: what runs, what is stuck, since when, on what, how often it failed, and why.</summary>
internal static class Runs
{
    private const int TakeDefault = 20;

    private static readonly TimeSpan FollowStep = TimeSpan.FromSeconds(1);

    /// <summary>The exit code: 1 when an orchestration that was followed ended badly.</summary>
    public static async Task<int> RunAsync(InstancesApi api, RunsOptions options, CancellationToken cancellation)
    {
        if (options.Stats)
            ShowRuns.Stats(await api.MetricsAsync(cancellation));
        else if (options.Id is { } id)
            return await OneAsync(api, id, options.Follow, cancellation);
        else if (options.Follow)
            await FollowAsync(api, options, cancellation);
        else
            await ListAsync(api, options, cancellation);
        return 0;
    }

    private static async Task ListAsync(InstancesApi api, RunsOptions options, CancellationToken cancellation)
    {
        var take = options.All ? int.MaxValue : TakeDefault;
        var found = await api.ListAsync(options, take, cancellation);
        ShowRuns.List(found, DateTimeOffset.UtcNow);
        if (found.Count == take)
            Show.Line("These are the newest; --all shows the others, too.");
    }

    private static async Task<int> OneAsync(
        InstancesApi api, string id, bool follow, CancellationToken cancellation)
    {
        var detail = await api.FindAsync(id, cancellation);
        ShowRuns.Head(detail, DateTimeOffset.UtcNow);
        ShowRuns.Steps(detail, detail.Steps, DateTimeOffset.UtcNow);
        while (follow && detail.Instance.EndedAt is null)
        {
            await Task.Delay(FollowStep, cancellation);
            var before = detail.Steps.ToHashSet();
            detail = await api.FindAsync(id, cancellation);
            ShowRuns.Steps(detail, [.. detail.Steps.Where(step => !before.Contains(step))], DateTimeOffset.UtcNow);
            if (detail.Instance.EndedAt is not null)
                ShowRuns.Head(detail, DateTimeOffset.UtcNow);
        }
        return follow && detail.Instance.Status != "completed" ? 1 : 0;
    }

    /// <summary>Prints the list, and then a line for each instance that is new or another than before.</summary>
    private static async Task FollowAsync(InstancesApi api, RunsOptions options, CancellationToken cancellation)
    {
        var before = await api.ListAsync(options, TakeDefault, cancellation);
        ShowRuns.List(before, DateTimeOffset.UtcNow);
        while (true)
        {
            await Task.Delay(FollowStep, cancellation);
            var now = await api.ListAsync(options, TakeDefault, cancellation);
            foreach (var changed in now.Except(before).Reverse())
                ShowRuns.Row(changed, DateTimeOffset.UtcNow);
            before = now;
        }
    }
}
