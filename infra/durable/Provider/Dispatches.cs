namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// The orchestrators that run in this process, one at a time for an instance. After a lost lease an instance may be
/// claimed again while its earlier run is still under way; a language worker that keeps orchestrators in memory for
/// extended sessions knows them by instance alone and would mix up the two.
/// </summary>
internal sealed class Dispatches
{
    readonly Dictionary<string, LiveInstance?> waiting = [];

    /// <summary>Null if there is nothing to run, or not yet: <see cref="End"/> returns it in time.</summary>
    public OrchestrationItem? Begin(LiveInstance instance)
    {
        lock (waiting)
        {
            if (waiting.ContainsKey(instance.InstanceId))
            {
                waiting[instance.InstanceId] = instance;
                return null;
            }
            if (instance.Worker.Begin(instance) is not { } item)
                return null;
            waiting.Add(instance.InstanceId, null);
            return item;
        }
    }

    /// <summary>Returns what was to run meanwhile, if anything.</summary>
    public LiveInstance? End(OrchestrationItem item)
    {
        lock (waiting)
        {
            waiting.Remove(item.InstanceId, out var next);
            return next;
        }
    }
}
