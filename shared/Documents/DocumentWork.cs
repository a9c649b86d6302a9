namespace Assay;

/// <summary>
/// Reads and cuts documents, each within a budget of processor time and memory that is kept whatever it is read by.
/// What is short and plain takes no more than a look at each of its characters, and is done here; the rest in a process
/// of its own.
/// </summary>
public sealed class DocumentWork(DocumentProcesses processes, Settings settings)
{
    /// <summary>Up to here plain text is read and cut in this process: some hundredths of a second.</summary>
    private const int ShortMax = 1024 * 1024;

    /// <summary>The same for Markdown, of which some shapes take time by the square of their length.</summary>
    private const int ShortMarkdownMax = 64 * 1024;

    /// <inheritdoc cref="DocumentProcesses.HoldAsync"/>
    internal Task<IDisposable?> HoldAsync(long bytes, CancellationToken cancellation) =>
        processes.HoldAsync(bytes, cancellation);

    internal async Task<Extraction> ExtractAsync(
        byte[] file, string name, string? contentType, CancellationToken cancellation)
    {
        var isMarkdown = FileType.Find(name, contentType) is FileType.Markdown;
        if (file.Length <= (isMarkdown ? ShortMarkdownMax : ShortMax)
            && TextExtraction.IsPlain(file, name, contentType))
            return TextExtraction.Extract(file, name, contentType);

        try
        {
            return await processes.RunAsync(
                new ExtractionRequest(file, name, contentType), ExtractionRequest.ReadAnswer,
                await BudgetAsync(cancellation), cancellation);
        }
        catch (TooCostlyException costly)
        {
            return TooCostly(costly);
        }
    }

    /// <summary>The chunks of a text, or why it has none.</summary>
    internal async Task<(IReadOnlyList<Chunk>? Chunks, Extraction.Rejected? Rejected)> CutAsync(
        string text, TextLayout layout, ChunkSettings cutting, CancellationToken cancellation)
    {
        if (text.Length <= (layout == TextLayout.Markdown ? ShortMarkdownMax : ShortMax))
            return CutOrTooMany(Chunker.Split(text, layout, cutting, Chunker.ChunksMax));

        try
        {
            return CutOrTooMany(await processes.RunAsync(
                new CuttingRequest(text, layout, cutting), CuttingRequest.ReadAnswer,
                await BudgetAsync(cancellation), cancellation));
        }
        catch (TooCostlyException costly)
        {
            return (null, TooCostly(costly));
        }
    }

    private async Task<WorkBudget> BudgetAsync(CancellationToken cancellation)
    {
        var values = await settings.SnapshotAsync(cancellation);
        return new(
            TimeSpan.FromSeconds(values.Get(KnownSettings.DocumentSeconds)),
            values.Get(KnownSettings.DocumentMegabytes));
    }

    private static (IReadOnlyList<Chunk>?, Extraction.Rejected?) CutOrTooMany(IReadOnlyList<Chunk>? chunks) =>
        chunks is not null
            ? (chunks, null)
            : (null, new(
                RejectionCode.TooCostly,
                $"The document has more than {Chunker.ChunksMax} chunks; a larger chunkSize makes fewer."));

    private static Extraction.Rejected TooCostly(TooCostlyException costly) =>
        new(RejectionCode.TooCostly, $"The file cannot be read. {costly.Message}");
}
