using Azure;
using Azure.Storage.Blobs.Models;

namespace Assay.Local;

/// <summary>Invocations of blob functions, whether by a scan or by hand.</summary>
internal sealed class BlobRuns(BlobConnections connections)
{
    /// <summary>
    /// The blob at <c>container/name</c>; null if there is none or the function's path does not match it.
    /// </summary>
    public async Task<(TriggeringBlob Blob, Dictionary<string, object?> Names)?> FindAsync(
        BlobTrigger trigger, string path, CancellationToken cancellation)
    {
        var (container, name) = PathTemplate.Split(path);
        if (container != trigger.Path.Container || !trigger.Path.TryMatch(name, out var names))
            return null;
        return await OpenAsync(trigger, name, cancellation) is { } blob ? (blob, names) : null;
    }

    /// <summary>The current version of a blob, or null if it is gone.</summary>
    public async Task<TriggeringBlob?> OpenAsync(BlobTrigger trigger, string name, CancellationToken cancellation)
    {
        var client = connections.Client(trigger.Connection)
            .GetBlobContainerClient(trigger.Path.Container).GetBlobClient(name);
        try
        {
            BlobProperties properties = await client.GetPropertiesAsync(cancellationToken: cancellation);
            return new TriggeringBlob(client, properties);
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return null;
        }
    }

    public static Invocation Invocation(
        Function function, TriggeringBlob blob, Dictionary<string, object?> names, string reason,
        CancellationToken cancellation) =>
        new(function, blob, reason, cancellation) { BindingData = BlobTrigger.BindingData(blob, names) };
}
