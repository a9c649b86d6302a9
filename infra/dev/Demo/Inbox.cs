using System.Security.Cryptography;
using Azure.Storage.Blobs;

namespace Assay;

/// <summary>The container that Assay watches: a blob under an organization's slug becomes a document.</summary>
internal sealed class Inbox(AssayApi api, string storage, string container)
{
    private static readonly TimeSpan IngestTimeMax = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Drops the files and waits until each has been ingested or has failed, as the bytes that were dropped.
    /// </summary>
    public async Task<IReadOnlyList<Document>> DropAsync(
        IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var blobs = new BlobContainerClient(storage, container);
        await blobs.CreateIfNotExistsAsync(cancellationToken: cancellation);

        var dropped = new Dictionary<string, string>();
        foreach (var file in files)
        {
            var bytes = await File.ReadAllBytesAsync(file, cancellation);
            var path = $"{AssayApi.Organization}/{Path.GetFileName(file)}";
            await blobs.GetBlobClient(path).UploadAsync(new BinaryData(bytes), overwrite: true, cancellation);
            dropped[path] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        }

        return await Wait.ForAsync(
            $"The ingestion of {string.Join(", ", dropped.Keys)}",
            IngestTimeMax,
            () => FindAsync(dropped, cancellation),
            found => found.Count == dropped.Count && found.All(document => document.Status is "completed" or "failed"),
            cancellation);
    }

    private async Task<IReadOnlyList<Document>> FindAsync(
        Dictionary<string, string> dropped, CancellationToken cancellation)
    {
        var documents = await api.ListDocumentsAsync(cancellation);
        return
        [
            .. from document in documents
               from drop in dropped
               where document.BlobPath.EndsWith(drop.Key, StringComparison.Ordinal)
                   && string.Equals(document.ContentHash, drop.Value, StringComparison.OrdinalIgnoreCase)
               orderby drop.Key
               select document,
        ];
    }
}
