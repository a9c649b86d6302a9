using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Assay;

public sealed class AnalysisFunctions(
    AnalysisStore analyses, DocumentStore documents, EntityStore entities, RubricStore rubrics,
    AdmittedRuns admitted)
{
    [Function(nameof(CreateAnalysis))]
    [Operation(Permissions.AnalysesWrite, Body = typeof(AnalysisRequest), Answer = typeof(AcceptedRun), Status = 202)]
    public async Task<IResult> CreateAnalysis(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "analyses")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<AnalysisRequest>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        var errors = new Dictionary<string, string[]>();
        var (text, title, version) = await ResolveAsync(wanted, errors, cancellation);
        if (wanted.RubricId is { } rubric && !await rubrics.ExistsAsync(rubric, cancellation))
            errors["rubricId"] = ["expected the id of a rubric"];
        if (errors.Count > 0)
            return Problems.Invalid(errors);

        var analysis = wanted.ToAnalysis(Guid.CreateVersion7(), text!, title, version);
        await analyses.AddAsync(analysis, cancellation);
        await durable.StartAsync(admitted, cancellation);
        return Runs.Accepted(analysis.Id);
    }

    [Function(nameof(ListAnalyses))]
    [Operation(Permissions.AnalysesRead, Query = typeof(AnalysisListQuery), Answer = typeof(Page<Analysis>))]
    public Task<IResult> ListAnalyses(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "analyses")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<AnalysisListQuery, Analysis>(
            request,
            (query, page) => analyses.ListAsync(query.ToFilter(), page.AfterId, page.Fetch, cancellation),
            analysis => analysis.Id);

    [Function(nameof(GetAnalysis))]
    [Operation(Permissions.AnalysesRead, Answer = typeof(AnalysisDetail))]
    public async Task<IResult> GetAnalysis(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "analyses/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await analyses.FindAsync(id, cancellation) is { } analysis
            ? Conditional.Ok(request, analysis.Version, analysis)
            : Problems.NotFound("analysis", id);

    /// <summary>
    /// The text with the proposed patches applied: all of them, or those chosen by their place in the list.
    /// </summary>
    [Function(nameof(PatchAnalyzedText))]
    [Operation(Permissions.AnalysesRead, Body = typeof(PatchChoice), Answer = typeof(PatchedText))]
    public async Task<IResult> PatchAnalyzedText(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "analyses/{id:guid}/patched")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<PatchChoice>(request, cancellation);
        if (body.Value is not { } choice)
            return body.Problem!;
        if (await analyses.FindAsync(id, cancellation) is not { } analysis)
            return Problems.NotFound("analysis", id);
        if (analysis.Status != AnalysisStatus.Completed)
            return Problems.Conflict($"The analysis is {analysis.Status}; only a completed one has patches.");

        return choice.TryApply(analysis, out var patched, out var error)
            ? Results.Json(patched, Json.Options)
            : Problems.Invalid("patches", error);
    }

    /// <summary>The text to analyze; what is wrong with the document is added to the errors.</summary>
    private async Task<(string? Text, string? Title, int? Version)> ResolveAsync(
        AnalysisRequest wanted, Dictionary<string, string[]> errors, CancellationToken cancellation)
    {
        if (wanted.EntityId is { } entity)
            return await ResolveAsync(entity, wanted.EntityVersion, errors, cancellation);
        if (wanted.DocumentId is not { } id)
            return (wanted.Text, null, null);

        var document = await documents.FindTextAsync(id, cancellation);
        var error = document switch
        {
            null => "expected the id of a document",
            { Text: null } => "expected a document whose ingestion has completed",
            { Text: { } text } => AnalysisRequest.TextError(text),
        };
        if (error is not null)
            errors["documentId"] = [error];
        return (document?.Text, document?.Title, null);
    }

    private async Task<(string? Text, string? Title, int? Version)> ResolveAsync(
        Guid id, int? version, Dictionary<string, string[]> errors, CancellationToken cancellation)
    {
        var present = await entities.FindAsync(id, null, cancellation);
        var wanted = present is { DeletedAt: null } && version is { } number && number != present.Version
            ? await entities.FindVersionAsync(id, null, number, cancellation)
            : present;
        var text = (string?)wanted?.Content["text"];
        if (present is not { DeletedAt: null })
            errors["entityId"] = ["expected the id of a prompt, template or context"];
        else if (wanted is null)
            errors["entityVersion"] = [$"expected one of the versions 1 to {present.Version}"];
        else if (text is null)
            errors["entityId"] = [$"expected a prompt, template or context; this is a {wanted.Type}"];
        else if (AnalysisRequest.TextError(text) is { } error)
            errors["entityId"] = [error];
        return (text, wanted?.Title, wanted?.Version);
    }
}
