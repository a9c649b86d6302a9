namespace Assay;

/// <summary>Ends runs before their time, together with what they work on.</summary>
public sealed class RunCancellation(Database database, RunStore runs, IEnumerable<IRunSubject> subjects)
{
    /// <summary>False when the run has ended. Its orchestration is the caller's to terminate.</summary>
    public Task<bool> TryCancelAsync(RunDetail run, string reason, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                // The subject before the run, as in the steps that end them, so that the two never wait for each other.
                var subject = subjects.SingleOrDefault(one => one.Type == run.SubjectType);
                if (run.FinishedAt is null && subject is not null)
                    await subject.GiveUpAsync(transaction, run.SubjectId, reason, cancellation);
                return await runs.TryFinishAsync(transaction, run.Id, RunStatus.Cancelled, reason, cancellation);
            },
            cancellation);
}
