using Azure.Storage.Blobs;

namespace Assay;

/// <summary>The blob storage that tests use.</summary>
internal static class TestBlobs
{
    public static string ConnectionString { get; } = Environment.GetEnvironmentVariable("AzureWebJobsStorage")
        ?? throw new InvalidOperationException("AzureWebJobsStorage is not set: run ./dev test.");

    /// <summary>Where it answers, with the account in the path, as emulators have it.</summary>
    public static Uri Endpoint { get; } = new BlobServiceClient(ConnectionString).Uri;

    /// <summary>The same storage by way of another port of this machine.</summary>
    public static string Through(int port)
    {
        var endpoint = new UriBuilder(Endpoint) { Host = "127.0.0.1", Port = port };
        // The emulator's account and key are public and the same everywhere.
        return "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
            + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
            + $"BlobEndpoint={endpoint.Uri.ToString().TrimEnd('/')};";
    }
}
