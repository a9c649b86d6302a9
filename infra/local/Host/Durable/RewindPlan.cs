namespace Assay.Local;

/// <summary>
/// What a rewind changes about a failed instance. Its failures count no more, so that their steps are open and are done
/// again; what succeeded stays. A failure that the code handled by taking further steps (a retry, a compensation)
/// stays as well, since those steps follow from it.
/// </summary>
/// <param name="Cleared">Sequence numbers of the entries that count no more.</param>
/// <param name="Activities">Steps of activities to run again.</param>
/// <param name="Timers">Timers that have not fired.</param>
/// <param name="Children">Sub-orchestrations to rewind, or to hear of again.</param>
internal sealed record RewindPlan(
    IReadOnlyList<int> Cleared, IReadOnlyList<int> Activities, IReadOnlyList<HistoryEntry> Timers,
    IReadOnlyList<HistoryEntry> Children)
{
    public static RewindPlan Of(List<HistoryEntry> history)
    {
        List<int> cleared = [];
        var open = new Dictionary<int, HistoryEntry>();
        var suspended = false;
        foreach (var (sequence, entry) in history.Index())
        {
            suspended = entry.Kind == Kind.Suspended || (suspended && entry.Kind != Kind.Resumed);
            if (Kind.IsAsked(entry.Kind))
                open[entry.Step!.Value] = entry;
            else if (entry.Kind == Kind.Ended)
                cleared.Add(sequence);
            else if (Kind.IsFailure(entry.Kind) && !IsHandled(history, sequence, suspended))
                cleared.Add(sequence);
            else if (Kind.IsAnswer(entry.Kind))
                open.Remove(entry.Step!.Value);
        }
        return new(
            cleared,
            [.. open.Values.Where(entry => entry.Kind == Kind.ActivityScheduled).Select(entry => entry.Step!.Value)],
            [.. open.Values.Where(entry => entry.Kind == Kind.TimerCreated)],
            [.. open.Values.Where(entry => entry.Kind == Kind.ChildScheduled)]);
    }

    /// <summary>Steps stand in the history after the entry that led to them.</summary>
    static bool IsHandled(List<HistoryEntry> history, int failure, bool suspended)
    {
        // The code sees what came during a suspension when that is over.
        var seen = suspended ? history.FindIndex(failure, entry => entry.Kind == Kind.Resumed) : failure;
        return seen >= 0 && seen + 1 < history.Count && Kind.IsAsked(history[seen + 1].Kind);
    }
}
