using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Assay;

/// <summary>A run whose turn has come.</summary>
public sealed record AdmittedRun(Guid Id, Guid OrganizationId, string Kind);

/// <summary>
/// Runs that this invocation admitted. Their orchestrations are to be started once that has committed; a sweep starts
/// those of a process that died first.
/// </summary>
public sealed class AdmittedRuns
{
    private readonly ConcurrentQueue<AdmittedRun> runs = [];

    public void Add(AdmittedRun run) => runs.Enqueue(run);

    public bool TryTake([NotNullWhen(true)] out AdmittedRun? run) => runs.TryDequeue(out run);
}

/// <summary>An organization has as many runs waiting as it may have. The message may be shown to users.</summary>
public sealed class BacklogFullException(int most) : Exception(
    $"The organization has {most:N0} runs waiting, which is as many as it may have. Try again when some have ended, or "
    + "cancel some.");
