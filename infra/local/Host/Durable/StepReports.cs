namespace Assay.Local;

/// <summary>A timer, or an activity that any process may run, that has not come to an end.</summary>
/// <param name="Attempts">Of an activity.</param>
/// <param name="Worker">Null while nobody runs it.</param>
internal sealed record OpenWork(int Step, int? Attempts, string? Worker);

/// <summary>Puts what was asked for together with what came of it.</summary>
internal static class StepReports
{
    /// <param name="history">In order; may lack its beginning.</param>
    /// <param name="children">Status of each sub-orchestration by its id.</param>
    /// <param name="owner">
    /// The worker that has the instance, and runs what nobody else may; null when none does.
    /// </param>
    public static List<StepReport> Of(
        IReadOnlyList<HistoryEntry> history, IReadOnlyList<OpenWork> open,
        IReadOnlyDictionary<string, string> children, string? owner)
    {
        var answers = history.Where(entry => Kind.IsAnswer(entry.Kind)).ToDictionary(entry => entry.Step!.Value);
        var opened = open.ToDictionary(work => work.Step);
        OpenWork? Open(HistoryEntry entry) => opened.GetValueOrDefault(entry.Step!.Value)
            ?? (entry.Kind == Kind.ActivityScheduled && owner is not null ? new(entry.Step.Value, 1, owner) : null);
        return
        [
            .. from entry in history
               where !Kind.IsAnswer(entry.Kind)
               select Kind.IsAsked(entry.Kind)
                   ? Asked(entry, answers.GetValueOrDefault(entry.Step!.Value), Open(entry), children)
                   : new StepReport(
                       Step: null, entry.Kind, entry.Name, entry.Target, entry.At, EndedAt: null, Outcome: null,
                       Attempts: null, Worker: null, InstanceReports.Error(entry.Failure)),
        ];
    }

    static StepReport Asked(
        HistoryEntry asked, HistoryEntry? answer, OpenWork? open, IReadOnlyDictionary<string, string> children) =>
        answer is null
            ? new(
                asked.Step, KindOf(asked), asked.Name, asked.Target, asked.At, EndedAt: null,
                OpenOutcome(asked, open, children), open?.Attempts, open?.Worker, Error: null)
            : new(
                asked.Step, KindOf(asked), asked.Name, asked.Target, asked.At, answer.At,
                answer.Failure is null ? "completed" : "failed", Attempts: null, Worker: null,
                InstanceReports.Error(answer.Failure));

    static string KindOf(HistoryEntry asked) => asked.Kind switch
    {
        Kind.ActivityScheduled => "activity",
        Kind.ChildScheduled => "child",
        Kind.TimerCreated => "timer",
        _ => asked.Kind,
    };

    /// <summary>Null for a timer that was cancelled, and for what an ended instance left behind.</summary>
    static string? OpenOutcome(
        HistoryEntry asked, OpenWork? open, IReadOnlyDictionary<string, string> children) => asked.Kind switch
    {
        Kind.ChildScheduled => children.GetValueOrDefault(asked.Target!),
        Kind.ActivityScheduled when open is not null => open.Worker is null ? "queued" : "running",
        Kind.TimerCreated when open is not null => "waiting",
        _ => null,
    };
}
