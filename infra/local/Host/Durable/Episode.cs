namespace Assay.Local;

/// <summary>
/// What one run of an orchestrator's code came to: from the messages it consumed to the steps it asked for. It happens
/// wholly or not at all, in one commit.
/// </summary>
internal sealed class Episode
{
    /// <summary>Messages that this episode consumed.</summary>
    public List<long> Messages { get; } = [];

    /// <summary>Steps of activities whose rows this episode consumed.</summary>
    public List<int> ActivitiesDone { get; } = [];

    /// <summary>New history, in order; the steps asked for in it are to be started.</summary>
    public List<HistoryEntry> History { get; } = [];

    /// <summary>The orchestrator's clock during the episode.</summary>
    public required DateTime At { get; init; }

    /// <summary>Sequence number of the first new entry.</summary>
    public required int FirstSequence { get; init; }

    public List<int> CancelledTimers { get; set; } = [];

    /// <summary>Timers that fired, as they were asked for.</summary>
    public List<HistoryEntry> TimersFired { get; } = [];

    /// <summary>The status after the episode.</summary>
    public required string Status { get; set; }

    /// <summary>Whether status or custom status is another than before, so that the instance row changes.</summary>
    public bool Changed { get; set; }

    /// <summary>Serialized.</summary>
    public string? CustomStatus { get; set; }

    /// <summary>Serialized.</summary>
    public string? Output { get; set; }

    /// <summary>See <see cref="FailureJson"/>.</summary>
    public string? Failure { get; set; }

    /// <summary>Whether sub-orchestrations that still run are to be terminated as well.</summary>
    public bool TerminateChildren { get; set; }

    /// <summary>The next generation, which replaces this one; null otherwise.</summary>
    public Generation? Next { get; set; }

    /// <summary>How much text it stores, about.</summary>
    public long Characters => (CustomStatus?.Length ?? 0) + (Next?.Input?.Length ?? 0)
        + History.Sum(entry => (long)(entry.Payload?.Length ?? 0) + (entry.Failure?.Length ?? 0));

    public bool IsEnd => InstanceStatus.IsEnded(Status);

    /// <summary>An episode that says only that the instance cannot go on.</summary>
    public static Episode Broken(IEnumerable<Inbound> arrived, DateTime now, int firstSequence, string failure)
    {
        var episode = new Episode
        {
            At = now, FirstSequence = firstSequence, Status = InstanceStatus.Running, Changed = true,
        };
        foreach (var inbound in arrived)
            episode.Consume(inbound);
        episode.Fail(failure);
        episode.RecordEnd();
        return episode;
    }

    /// <summary>The same arrivals, with nothing come of them but a failure.</summary>
    public Episode InsteadOf(string failure)
    {
        var episode = Broken([], At, FirstSequence, failure);
        episode.Messages.AddRange(Messages);
        episode.ActivitiesDone.AddRange(ActivitiesDone);
        return episode;
    }

    public void Consume(Inbound inbound)
    {
        if (inbound.Message is { } id)
            Messages.Add(id);
        else if (inbound.HasRow)
            ActivitiesDone.Add(inbound.Step!.Value);
    }

    public void Fail(string failure)
    {
        Status = InstanceStatus.Failed;
        Failure = failure;
    }

    public void RecordEnd()
    {
        if (IsEnd)
            History.Add(new(Kind.Ended, Step: null, At, Status, Payload: Output, Failure: Failure));
    }
}

/// <param name="Input">Serialized.</param>
/// <param name="Events">Kept events for the new generation, oldest first.</param>
internal sealed record Generation(
    string? Input, string? Version, int FirstStep, IReadOnlyList<(string Name, string? Payload)> Events);

internal static class Termination
{
    /// <summary>Name of a termination message that goes on to sub-orchestrations.</summary>
    public const string Recursive = "recursive";

    /// <summary>What the caller of a terminated sub-orchestration sees.</summary>
    public static readonly string Failure = FailureJson.Write(
        "System.OperationCanceledException", "The sub-orchestration was terminated.");
}
