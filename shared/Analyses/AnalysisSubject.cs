namespace Assay;

/// <summary>An analysis that is ended from outside fails; what its nodes found out stays to be looked at.</summary>
internal sealed class AnalysisSubject(AnalysisStore analyses) : IRunSubject
{
    public string Type => "analysis";

    public Task GiveUpAsync(
        DatabaseTransaction transaction, Guid id, string reason, CancellationToken cancellation) =>
        analyses.TryFailAsync(transaction, id, reason, cancellation);
}
