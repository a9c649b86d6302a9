using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <param name="Type">Of this type only.</param>
/// <param name="Tags">Tags, separated by commas, all of which an entity has.</param>
/// <param name="Ids">Ids, separated by commas, at most 500.</param>
public sealed record ExportQuery(
    [AllowedValues("prompt", "template", "context", "workflow", "library", null)] string? Type,
    [MaxLength(2000)] string? Tags,
    [MaxLength(20_000)] string? Ids);

/// <param name="OnConflict">What becomes of an entity whose id is here already.</param>
/// <param name="DryRun">Says what would come of it, and changes nothing.</param>
public sealed record ImportQuery(ImportPolicy OnConflict = ImportPolicy.Skip, bool DryRun = false);

/// <summary>Carries entities from one place to another.</summary>
public sealed class ExchangeFunctions(
    BundleReader bundles, ImportStore imports, ImportFiles files, AdmittedRuns admitted, OrganizationScope scope,
    CallerWatch watch, TimeProvider time)
{
    // Long enough to look into an import that failed.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>
    /// Entities with all their versions, also deleted ones, the relationships between them and their labels, as JSON
    /// Lines: a header, then a line for each version. All of it is of one moment, and as whoever asks sees it.
    /// </summary>
    [Function(nameof(Export))]
    [Operation(
        Permissions.EntitiesRead, Grants = GrantKind.Content, Query = typeof(ExportQuery), AnswersLines = true,
        Streams = true)]
    public IResult Export(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "export")] HttpRequest request)
    {
        if (Query.Read<ExportQuery>(request, out var query) is { } problem)
            return problem;
        var ids = query.Ids?.Split(',').Select(id => Guid.TryParse(id, out var known) ? known : Guid.Empty).ToArray();
        if (ids is { Length: > 500 } || ids?.Contains(Guid.Empty) is true)
            return Problems.Invalid("ids", "expected at most 500 ids, separated by commas");

        var filter = new BundleFilter(
            query.Type, query.Tags?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            ids);
        return new JsonLines(watch, (write, cancellation) => bundles.ReadAsync(filter, write, cancellation));
    }

    /// <summary>
    /// Brings in what an export answered, or lines like its. A run does it, in batches that are each carried out once;
    /// its metrics say how many entities, relationships and labels were created, changed, skipped and failed, and of
    /// those the line, the member and what was expected. Each line needs the rights that the caller has when it is
    /// brought. To import the same again is safe.
    /// </summary>
    [Function(nameof(Import))]
    [Operation(
        Permissions.EntitiesWrite, Grants = GrantKind.Content, Query = typeof(ImportQuery), TakesLines = true,
        Answer = typeof(AcceptedRun), BodyBytesMax = ImportFiles.BytesMax, SecondsMax = 230, NeedsClaim = true,
        Status = 202)]
    public async Task<IResult> Import(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "import")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        if (Query.Read<ImportQuery>(request, out var query) is { } problem)
            return problem;
        if (request.ContentType?.Split(';')[0].Trim() is not (JsonLines.MediaType or "application/x-ndjson"))
            return Problems.UnsupportedMediaType(JsonLines.MediaType);

        var (organization, id) = (scope.Id!.Value, Guid.CreateVersion7(time.GetUtcNow()));
        await files.DeleteAllAsync(organization, time.GetUtcNow() - Kept, cancellation);
        try
        {
            var bytes = await files.WriteAsync(organization, id, request.Body, cancellation);
            if (await HeaderProblemAsync(organization, id, bytes, cancellation) is { } expected)
            {
                await files.DeleteAsync(organization, id, cancellation);
                return Problems.Invalid("body", expected);
            }
            await imports.CreateAsync(id, query.OnConflict, query.DryRun, bytes, cancellation);
        }
        catch (FileTooLargeException)
        {
            return Problems.TooLarge(ImportFiles.BytesMax);
        }

        await durable.StartAsync(admitted, cancellation);
        return Runs.Accepted(id);
    }

    private async Task<string?> HeaderProblemAsync(
        Guid organization, Guid id, long bytes, CancellationToken cancellation)
    {
        if (bytes == 0)
            return BatchReader.HeaderProblem(null);
        await using var bundle = await files.OpenAsync(organization, id, 0, cancellation);
        var lines = new LineReader(bundle);
        if (BatchReader.HeaderProblem((await lines.ReadAsync(cancellation))?.Text) is { } expected)
            return expected;
        var (blank, _) = await lines.SkipBlankAsync(BatchReader.BlankBytesMax, cancellation);
        return blank > BatchReader.BlankBytesMax
            ? $"expected at most {BatchReader.BlankBytesMax:N0} bytes of blank lines behind the header"
            : null;
    }
}
