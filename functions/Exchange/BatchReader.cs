using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// Takes a bundle apart into batches. All versions of one thing are in the same batch, and have room together.
/// </summary>
/// <param name="bundle">From <paramref name="import"/>'s position on.</param>
/// <param name="now">Versions began before.</param>
internal sealed class BatchReader(Stream bundle, Import import, DateTimeOffset now)
{
    private const int ItemsMax = 500;
    private const int BytesMax = 4 * 1024 * 1024;

    /// <summary>The most bytes of the versions of one thing, which are stored together.</summary>
    public const int HistoryBytesMax = 32 * 1024 * 1024;

    /// <summary>The most versions of one thing.</summary>
    public const int VersionsMax = 10_000;

    /// <summary>The most bytes of blank lines between the header and the first other line.</summary>
    public const int BlankBytesMax = 64 * 1024;

    private readonly LineReader lines = new(bundle);
    private (long End, int Line) place = (import.Position, import.Line);
    private (BundleLine Line, long Bytes)? next;

    /// <summary>Null for a header as it is to be, else what was expected.</summary>
    public static string? HeaderProblem(byte[]? line)
    {
        try
        {
            if (line is not null
                && JsonSerializer.Deserialize<BundleHeader>(line, Json.Options) == BundleHeader.Present)
                return null;
        }
        catch (JsonException)
        {
        }
        return $"expected {JsonSerializer.Serialize(BundleHeader.Present, Json.Options)} on the first line";
    }

    public async IAsyncEnumerable<ImportBatch> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (await ReadAsync(cancellation) is { } batch)
            yield return batch;
    }

    /// <summary>The next lines that are of one kind; null at the end.</summary>
    public async Task<ImportBatch?> ReadAsync(CancellationToken cancellation)
    {
        var (items, errors, failed, began) = (new List<ImportItem>(), new List<ImportError>(), 0, place.End);
        string? kind = null;
        await PeekAsync(cancellation);
        while (next is { Line: var first } && items.Count + failed < ItemsMax && place.End - began < BytesMax)
        {
            if (kind is not null && first.Kind is not null && first.Kind != kind)
                break;
            kind ??= first.Kind;
            var (versions, line) = await TakeAsync(cancellation);
            var broken = versions.SelectMany(version => version.Errors).ToList();
            if (broken.Count == 0)
                items.Add(Item(versions, line));
            errors.AddRange(broken.Take(ImportError.Max - errors.Count));
            failed += broken.Count > 0 ? 1 : 0;
        }
        return place.End == began ? null : new(kind, items, errors, failed, place.End, place.Line);
    }

    // The next line and those that belong to it, with the number of the last.
    private async Task<(List<BundleLine> Lines, int Last)> TakeAsync(CancellationToken cancellation)
    {
        var (taken, count, last, began) = (new List<BundleLine>(), 0, 0, place.End);
        do
        {
            taken.Add(next!.Value.Line);
            count++;
            place = (place.End + next.Value.Bytes, last = place.Line + 1);
            next = null;
            if (place.End - began > HistoryBytesMax)
                taken = [taken[0].TooLong(last, $"expected versions of at most {HistoryBytesMax:N0} bytes together")];
            else if (count > VersionsMax)
                taken = [taken[0].TooLong(last, $"expected at most {VersionsMax:N0} versions of one thing")];
            await PeekAsync(cancellation);
        }
        while (next is { } more && more.Line.BelongsTo(taken[0]));
        return (taken, last);
    }

    // Passes over the header and blank lines.
    private async Task PeekAsync(CancellationToken cancellation)
    {
        if (place.Line == 0 && await lines.ReadAsync(cancellation) is { } header)
            place = (header.Bytes, 1);
        if (next is not null)
            return;
        var (bytes, count) = await lines.SkipBlankAsync(long.MaxValue, cancellation);
        place = (place.End + bytes, place.Line + count);
        if (await lines.ReadAsync(cancellation) is { } line)
            next = (BundleLine.Read(line.Text, place.Line + 1, now), line.Bytes);
    }

    private static ImportItem Item(IReadOnlyList<BundleLine> versions, int line)
    {
        var (first, id) = (versions[0], versions[0].Id);
        var json = id is null
            ? first.Json!
            : new JsonObject
            {
                ["id"] = id,
                ["created_at"] = first.CreatedAt,
                ["versions"] = new JsonArray([.. versions.Select(version => version.Json)]),
            };
        return new(id ?? Guid.Empty, line, json);
    }
}
