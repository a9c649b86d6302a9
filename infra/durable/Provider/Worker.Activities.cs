using DurableTask.Core;
using DurableTask.Core.Exceptions;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Activities being run.</summary>
internal sealed partial class Worker
{
    /// <summary>How many to hold. Alone, it may as well hold what would wait for it in the database.</summary>
    int ActivitiesMax => notifications.HasPeers
        ? settings.MaxConcurrentActivities + 10 : 4 * settings.MaxConcurrentActivities + 1_000;

    /// <summary>So few that it is worth to look for more.</summary>
    int EnoughActivities => Math.Max(settings.MaxConcurrentActivities, ActivitiesMax / 2);

    public bool TryReserve()
    {
        if (Interlocked.Increment(ref activitiesHeld) <= ActivitiesMax && !stopping.IsCancellationRequested)
            return true;
        Interlocked.Decrement(ref activitiesHeld);
        return false;
    }

    public void GiveBackReservations(int count) => Interlocked.Add(ref activitiesHeld, -count);

    /// <summary>For an activity that has its reservation.</summary>
    public void Start(ActivityItem item)
    {
        lock (Lock)
            activitiesKnown.Add(item.RowId);
        activities.Writer.TryWrite(item);
    }

    /// <summary>Not after another worker has taken over, or while this one stops.</summary>
    public bool CanBegin(ActivityItem item)
    {
        lock (Lock)
            return !IsEnded && !stopping.IsCancellationRequested && activitiesKnown.Contains(item.RowId);
    }

    public async Task CompleteAsync(ActivityItem item, TaskMessage result)
    {
        Task? committed = null;
        lock (Lock)
        {
            if (IsEnded || !activitiesKnown.Contains(item.RowId))
                throw new SessionAbortedException("Another worker has taken over this activity.");
            if (live.TryGetValue(item.InstanceKey, out var instance) && !stopping.IsCancellationRequested)
                Tell(instance, new(result, null, item.RowId, item.Owner == instance));
            else
                committed = committer.Enqueue(new ResultCommit(
                    item.RowId, item.InstanceKey, result.OrchestrationInstance?.ExecutionId, result.Event));
        }
        try
        {
            if (committed is not null)
                await committed;
        }
        catch (Exception exception) when (Database.IsAboutData(exception))
        {
            await FailAsync(item, Failures.CannotStore(exception.Message));
        }
        catch (LeaseLostException exception)
        {
            throw new SessionAbortedException(exception.Message, exception);
        }
        finally
        {
            Ended(item, forget: committed is not null);
        }
    }

    public async Task AbandonAsync(ActivityItem item)
    {
        lock (Lock)
        {
            if (IsEnded || !activitiesKnown.Contains(item.RowId))
                return;
            if (live.TryGetValue(item.InstanceKey, out var instance) && item.Owner == instance)
                instance.Held--;
        }
        var delay = Backoff(item.Abandoned);
        await committer.Enqueue(new ActivityAbandonCommit(item.RowId, delay))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Ended(item, forget: true);
        WakeAfter(delay);
    }
}
