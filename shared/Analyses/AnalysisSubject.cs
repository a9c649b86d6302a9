using System.Text.Json.Nodes;

namespace Assay;

/// <summary>An analysis that is ended from outside fails; what its nodes found out stays to be looked at.</summary>
internal sealed class AnalysisSubject(AnalysisStore analyses, EventLog events) : IRunSubject
{
    public string Type => "analysis";

    public async Task GiveUpAsync(
        DatabaseTransaction transaction, Guid id, string reason, CancellationToken cancellation)
    {
        if (await analyses.TryFailAsync(transaction, id, reason, cancellation))
        {
            await events.AppendAsync(
                transaction, "analysis", id, "cancelled", null, new JsonObject { ["error"] = reason }, cancellation);
        }
    }
}
