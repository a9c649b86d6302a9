using DurableTask.Core;

namespace Assay.DurableTask.PostgreSql;

/// <summary>What the committer tells, under the lock.</summary>
internal sealed partial class Worker
{
    public void Consumed(List<Inbound> taken)
    {
        foreach (var inbound in taken)
        {
            if (inbound.MessageId is { } message)
                messagesKnown.Remove(message);
            if (inbound.ActivityId is { } activity)
                activitiesKnown.Remove(activity);
        }
    }

    public void Forget(LiveInstance instance, bool cache)
    {
        if (!IsMine(instance))
            return;
        live.Remove(instance.Key);
        Consumed(instance.Inbox);
        if (instance.Inbox.Count > 0)
            droppedMeanwhile.Add(instance.Key);
        instance.Inbox.Clear();
        if (cache)
            this.cache.Add(instance);
    }

    /// <summary>A commit gave the instance up, unless a poll has claimed it again meanwhile.</summary>
    public void GaveUp(LiveInstance instance)
    {
        if (!IsMine(instance))
            return;
        if (instance.Reclaimed)
        {
            instance.Reclaimed = false;
            if (instance.State == LiveState.Idle && instance.Inbox.Count > 0)
                MakeReady(instance);
            return;
        }
        WriteDown(instance, instance.Inbox);
        Forget(instance, cache: true);
    }

    public void Published(OrchestrationState state)
    {
        if (InstanceStatus.IsEnd(state.OrchestrationStatus))
            waiters.Ended(state);
    }

    public void Committed(CommitBatch batch)
    {
        Wake(batch.Work);
    }
}
