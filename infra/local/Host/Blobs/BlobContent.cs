using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Assay.Local;

/// <summary>A blob as the type that a parameter asks for, and back.</summary>
internal static class BlobContent
{
    /// <summary>A client, a stream, text, bytes, or an object from JSON.</summary>
    /// <param name="version">Reads only this version; another one is a 412 of storage. Null reads any.</param>
    public static async Task<object?> ReadAsync(
        BlobClient blob, Type type, ETag? version, CancellationToken cancellation)
    {
        if (Client(blob, type) is { } client)
            return client;

        var options = new BlobDownloadOptions
        {
            Conditions = version is null ? null : new BlobRequestConditions { IfMatch = version },
        };
        if (type == typeof(Stream))
            return (await blob.DownloadStreamingAsync(options, cancellation)).Value.Content;

        var content = (await blob.DownloadContentAsync(options, cancellation)).Value.Content;
        return type switch
        {
            _ when type == typeof(BinaryData) => content,
            _ when type == typeof(byte[]) => content.ToArray(),
            // A reader drops the byte order mark that BinaryData.ToString would keep.
            _ when type == typeof(string) => await new StreamReader(content.ToStream()).ReadToEndAsync(cancellation),
            _ => JsonSerializer.Deserialize(content, type, JsonSerializerOptions.Web),
        };
    }

    public static BinaryData From(object value) => value switch
    {
        BinaryData data => data,
        byte[] bytes => BinaryData.FromBytes(bytes),
        string text => BinaryData.FromString(text),
        _ => BinaryData.FromObjectAsJson(value, JsonSerializerOptions.Web),
    };

    private static object? Client(BlobClient blob, Type type)
    {
        if (type == typeof(BlobClient) || type == typeof(BlobBaseClient))
            return blob;
        if (type == typeof(BlobContainerClient))
            return blob.GetParentBlobContainerClient();
        var container = blob.GetParentBlobContainerClient();
        return type switch
        {
            _ when type == typeof(BlockBlobClient) => container.GetBlockBlobClient(blob.Name),
            _ when type == typeof(AppendBlobClient) => container.GetAppendBlobClient(blob.Name),
            _ when type == typeof(PageBlobClient) => container.GetPageBlobClient(blob.Name),
            _ => null,
        };
    }
}
