namespace Assay.Local;

/// <summary>
/// The numbered steps that an orchestrator asked for: which are open, which are new, and, during a replay, whether the
/// code asks for the same ones as before.
/// </summary>
internal sealed class Steps(int first)
{
    readonly Dictionary<int, OpenStep> open = [];
    readonly SortedDictionary<int, OpenStep> unconfirmed = [];
    readonly List<HistoryEntry> asked = [];

    /// <summary>Number of the next step; goes on counting when the instance continues as new.</summary>
    public int Next { get; private set; } = first;

    public bool Replaying { get; set; }

    public bool AnyOpen => open.Count > 0;

    /// <summary>Takes the steps that are new in this episode, in order.</summary>
    public List<HistoryEntry> TakeAsked()
    {
        List<HistoryEntry> taken = [.. asked];
        asked.Clear();
        return taken;
    }

    /// <summary>A new step is only recorded here; it happens when the episode commits.</summary>
    /// <param name="answered">Whether an answer will come, so that the step stays open until then.</param>
    public OpenStep Ask(HistoryEntry entry, bool answered)
    {
        entry = entry with { Step = Next };
        var step = new OpenStep(Next++, entry);
        if (answered)
            open.Add(step.Number, step);
        if (Replaying)
            unconfirmed.Add(step.Number, step);
        else
            asked.Add(entry);
        return step;
    }

    /// <summary>Compares a step in the history with what the code asked for under that number.</summary>
    public void Confirm(HistoryEntry entry, bool ended)
    {
        var number = entry.Step!.Value;
        if (!unconfirmed.Remove(number, out var step))
        {
            throw new NonDeterministicException(
                number, Kind.Describe(entry.Kind, entry.Name), ended ? "the end of the function" : "no further step");
        }
        if (step.Entry.Kind != entry.Kind
            || !string.Equals(step.Entry.Name, entry.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw new NonDeterministicException(
                number, Kind.Describe(entry.Kind, entry.Name), Kind.Describe(step.Entry.Kind, step.Entry.Name));
        }
    }

    /// <summary>At the end of the history, the code must have asked for nothing that is not in it.</summary>
    public void ConfirmEnd()
    {
        if (unconfirmed.Count == 0)
            return;
        var (number, step) = unconfirmed.First();
        throw new NonDeterministicException(
            number, "no further step", Kind.Describe(step.Entry.Kind, step.Entry.Name));
    }

    /// <summary>The open step that an entry answers, which then is open no longer; null if there is none.</summary>
    public OpenStep? TakeOpen(int number) => open.Remove(number, out var step) ? step : null;

    public bool IsOpen(int number) => open.ContainsKey(number);

    /// <summary>What was asked for under the number of an open step.</summary>
    public HistoryEntry Open(int number) => open[number].Entry;
}

internal sealed class OpenStep(int number, HistoryEntry entry)
{
    public int Number { get; } = number;

    public HistoryEntry Entry { get; } = entry;

    /// <summary>
    /// The serialized answer. Continuations run inside the call that completes it, hence in a fixed order.
    /// </summary>
    public TaskCompletionSource<string?> Answer { get; } = new();
}

internal sealed class NonDeterministicException(int step, string expected, string actual) : Exception(
    $"Non-deterministic orchestrator: for step {step} the history expects {expected}, " +
    $"but the code now came to {actual}. " +
    "The code of an orchestrator must take the same steps each time, and must not change while instances run.");
