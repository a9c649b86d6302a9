using System.Globalization;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Assay;

/// <summary>
/// The blob container that files are dropped into, under their organization's slug. Title and chunk settings travel as
/// the blob's metadata, so that a file means the same whether an upload or a drop brought it.
/// </summary>
public sealed class Inbox(BlobContainerClient container)
{
    private const string Title = "title";
    private const string ChunkSize = "chunkSize";
    private const string ChunkOverlap = "chunkOverlap";
    private const string Encoding = "encoding";
    private const int MediaTypeLengthMax = 100;

    private volatile bool isThere;

    /// <summary>Writes a file as it comes, over the one that is there.</summary>
    /// <exception cref="FileTooLargeException">More bytes came than are accepted; then nothing was written.</exception>
    public async Task<ReceivedFile> WriteAsync(
        string path,
        Stream content,
        string? title,
        string? contentType,
        ChunkSettings settings,
        long bytesMax,
        CancellationToken cancellation)
    {
        await EnsureContainerAsync(cancellation);
        await using var measured = new MeasuringStream(content, bytesMax);
        var options = new BlobUploadOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = MediaType(contentType) },
            Metadata = Metadata(title, settings),
        };
        await container.GetBlobClient(path).UploadAsync(measured, options, cancellation);
        return new(path, title, MediaType(contentType), measured.Count, measured.Hash(), settings);
    }

    /// <summary>What lies at a path; null when nothing does any more.</summary>
    public async Task<ReceivedFile?> FindAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var blob = await container.GetBlobClient(path).DownloadStreamingAsync(cancellationToken: cancellation);
            await using var content = blob.Value.Content;
            var hash = await SHA256.HashDataAsync(content, cancellation);
            var details = blob.Value.Details;
            return new(
                path,
                TitleOf(details.Metadata),
                MediaType(details.ContentType),
                details.ContentLength,
                hash,
                Settings(details.Metadata));
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
            return null;
        }
    }

    /// <summary>The bytes at a path, or null when there are none or more than <paramref name="bytesMax"/>.</summary>
    public async Task<byte[]?> ReadAsync(string path, long bytesMax, CancellationToken cancellation)
    {
        try
        {
            var blob = await container.GetBlobClient(path).DownloadStreamingAsync(cancellationToken: cancellation);
            await using var content = blob.Value.Content;
            if (blob.Value.Details.ContentLength > bytesMax)
                return null;

            var bytes = new byte[blob.Value.Details.ContentLength];
            await content.ReadExactlyAsync(bytes, cancellation);
            return bytes;
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Safe to repeat.</summary>
    public Task DeleteAsync(string path, CancellationToken cancellation) =>
        container.GetBlobClient(path).DeleteIfExistsAsync(
            DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellation);

    /// <summary>Removes whatever is in an organization's folder. Safe to repeat.</summary>
    public async Task DeleteFolderAsync(string slug, CancellationToken cancellation)
    {
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, $"{slug}/", cancellation))
            await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
    }

    // Once a process: a body that was read for a container that is missing cannot be read again.
    private async Task EnsureContainerAsync(CancellationToken cancellation)
    {
        if (isThere)
            return;

        await container.CreateIfNotExistsAsync(cancellationToken: cancellation);
        isThere = true;
    }

    /// <summary>
    /// The type without its parameters; null when it is none, as one that no header of a blob can carry.
    /// </summary>
    private static string? MediaType(string? contentType) =>
        contentType?.Split(';')[0].Trim() is { Length: > 0 and <= MediaTypeLengthMax } type
        && type.All(character => character is > ' ' and <= '~')
            ? type
            : null;

    private static string? TitleOf(IDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(Title, out var escaped))
            return null;

        var title = Uri.UnescapeDataString(escaped).Replace("\0", "").Trim();
        return title.Length == 0 ? null : Outline.Shorten(title, ReceivedFile.TitleLengthMax);
    }

    // Metadata are HTTP headers: ASCII only.
    private static Dictionary<string, string> Metadata(string? title, ChunkSettings settings)
    {
        var metadata = new Dictionary<string, string>
        {
            [ChunkSize] = settings.Size.ToString(CultureInfo.InvariantCulture),
            [ChunkOverlap] = settings.Overlap.ToString(CultureInfo.InvariantCulture),
            [Encoding] = settings.Encoding.Name(),
        };
        if (title is not null)
            metadata[Title] = Uri.EscapeDataString(title);

        return metadata;
    }

    /// <summary>Settings that a dropped file does not have, or has out of range, are the defaults.</summary>
    private static ChunkSettings Settings(IDictionary<string, string> metadata)
    {
        var settings = new ChunkSettings(
            Number(metadata, ChunkSize) ?? ChunkSettings.SizeDefault,
            Number(metadata, ChunkOverlap) ?? ChunkSettings.OverlapDefault,
            TokenEncodings.Find(metadata.TryGetValue(Encoding, out var name) ? name : null) ?? TokenEncoding.Cl100k);
        return settings.Fault() is null ? settings : new();
    }

    private static int? Number(IDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}

/// <summary>A file has more bytes than are accepted.</summary>
public sealed class FileTooLargeException(long bytesMax) : Exception($"The file has more than {bytesMax} bytes.")
{
    public long BytesMax { get; } = bytesMax;
}
