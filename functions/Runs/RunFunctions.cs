using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What ran, node by node.</summary>
public sealed class RunFunctions(RunStore runs)
{
    [Function(nameof(ListRuns))]
    [Operation(Permissions.RunsRead, Query = typeof(RunListQuery), Answer = typeof(Page<Run>))]
    public Task<IResult> ListRuns(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "runs")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<RunListQuery, Run>(
            request,
            (query, page) => runs.ListAsync(query.ToFilter(), page.AfterId, page.Fetch, cancellation),
            run => run.Id);

    /// <summary>
    /// Live runs carry <c>Retry-After</c>: how many seconds a client does well to wait before it asks again.
    /// </summary>
    [Function(nameof(GetRun))]
    [Operation(Permissions.RunsRead, Answer = typeof(RunDetail))]
    public async Task<IResult> GetRun(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "runs/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await runs.FindAsync(id, cancellation) is not { } detail)
            return Problems.NotFound("run", id);
        if (detail.FinishedAt is null)
            request.HttpContext.Response.Headers.RetryAfter = "1";
        return Conditional.Ok(request, detail);
    }
}
