namespace Assay.Local;

/// <summary>A part of a commit that stands for itself: all of it happens, or nothing.</summary>
internal abstract class CommitItem
{
    public abstract void AddTo(CommitBatch batch);

    /// <summary>How much text goes to the database, about.</summary>
    public virtual long Characters => 0;

    /// <summary>It is in the database.</summary>
    public abstract void Committed();

    /// <summary>What to commit in its place when the database refuses this for what it contains.</summary>
    public abstract CommitItem Refused(Exception refusal);

    /// <summary>Whether this stands in the place of something refused.</summary>
    public bool IsRefused { get; init; }
}

internal sealed class EpisodeCommit(Orchestrations orchestrations, LiveInstance instance, Episode episode) : CommitItem
{
    public override void AddTo(CommitBatch batch) => batch.Add(instance.Row, episode);

    public override long Characters => episode.Characters;

    public override void Committed() => orchestrations.Committed(instance, episode);

    public override CommitItem Refused(Exception refusal) => new EpisodeCommit(
        orchestrations, instance,
        episode.InsteadOf(FailureJson.Write(
            "System.InvalidOperationException",
            $"The database refused what the orchestrator asked for: {refusal.Message}")))
    {
        IsRefused = true,
    };
}

/// <summary>An activity of one of this worker's instances that others may take.</summary>
internal sealed class ActivityOffer(ActivityWork offered) : CommitItem
{
    public override void AddTo(CommitBatch batch) => batch.Add(offered);

    public override long Characters => offered.Input?.Length ?? 0;

    public override void Committed()
    {
        // Whoever takes it reports its result.
    }

    // What it holds is in the database already, so it is tried once more by itself.
    public override CommitItem Refused(Exception refusal) => new ActivityOffer(offered) { IsRefused = true };
}

/// <summary>An activity's result for an instance that is not this worker's, or no longer there.</summary>
internal sealed class ActivityCompletion(long instanceKey, Inbound result) : CommitItem
{
    public override void AddTo(CommitBatch batch) => batch.Add(instanceKey, result);

    public override long Characters => (result.Payload?.Length ?? 0) + (result.Failure?.Length ?? 0);

    public override void Committed()
    {
        // Nobody here waits for it.
    }

    public override CommitItem Refused(Exception refusal) => new ActivityCompletion(
        instanceKey,
        result with
        {
            Kind = Kind.ActivityFailed, Payload = null,
            Failure = FailureJson.Write(
                "System.InvalidOperationException", $"The database refused the activity's result: {refusal.Message}"),
        })
    {
        IsRefused = true,
    };
}
