using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Assay;

/// <summary>Bundles until they have been brought in: blobs of the container <c>imports</c>.</summary>
public sealed class ImportFiles(BlobServiceClient storage)
{
    /// <summary>The most bytes of a bundle.</summary>
    public const long BytesMax = 100 * 1024 * 1024;

    private readonly BlobContainerClient container = storage.GetBlobContainerClient("imports");

    /// <summary>Keeps a bundle as it comes. Returns how many bytes it has.</summary>
    /// <exception cref="FileTooLargeException">They are too many; then nothing is kept.</exception>
    public async Task<long> WriteAsync(
        Guid organizationId, Guid id, Stream content, CancellationToken cancellation)
    {
        await container.CreateIfNotExistsAsync(cancellationToken: cancellation);
        await using var measured = new MeasuringStream(content, BytesMax);
        await Blob(organizationId, id).UploadAsync(measured, overwrite: true, cancellation);
        return measured.Count;
    }

    /// <param name="position">The bytes to leave out.</param>
    public async Task<Stream> OpenAsync(
        Guid organizationId, Guid id, long position, CancellationToken cancellation)
    {
        var blob = await Blob(organizationId, id).DownloadStreamingAsync(
            new() { Range = new(position) }, cancellation);
        return blob.Value.Content;
    }

    /// <summary>Safe to repeat.</summary>
    public Task DeleteAsync(Guid organizationId, Guid id, CancellationToken cancellation) =>
        Blob(organizationId, id).DeleteIfExistsAsync(cancellationToken: cancellation);

    /// <summary>Removes an organization's bundles. Safe to repeat.</summary>
    /// <param name="before">Those that came before this moment; null is all.</param>
    public async Task DeleteAllAsync(Guid organizationId, DateTimeOffset? before, CancellationToken cancellation)
    {
        if (!await container.ExistsAsync(cancellation))
            return;
        var folder = $"{organizationId}/";
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, folder, cancellation))
            if (before is null || blob.Properties.LastModified < before)
                await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
    }

    private BlobClient Blob(Guid organizationId, Guid id) => container.GetBlobClient($"{organizationId}/{id}.jsonl");
}
