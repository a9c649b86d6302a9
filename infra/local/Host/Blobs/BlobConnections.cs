using System.Collections.Concurrent;
using Azure.Storage.Blobs;

namespace Assay.Local;

/// <summary>One client for each storage account that bindings name.</summary>
internal sealed class BlobConnections(HostSettings settings)
{
    private readonly ConcurrentDictionary<string, BlobServiceClient> clients = new();

    public static void Require(HostSettings settings, string? connection)
    {
        if (settings.Connection(connection) is null)
            throw new FunctionLoadException(
                $"The setting {connection ?? "AzureWebJobsStorage"}, a storage connection string, is missing.");
    }

    public BlobServiceClient Client(string? connection) =>
        clients.GetOrAdd(settings.Connection(connection)!, static text => new BlobServiceClient(text, Options()));

    private static BlobClientOptions Options()
    {
        var options = new BlobClientOptions();
        // Triggers try again themselves, and a request must not hang for minutes when storage is away.
        options.Retry.MaxRetries = 2;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(1);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(30);
        options.Diagnostics.IsLoggingEnabled = false;
        return options;
    }
}
