namespace Assay;

/// <summary>The blob storage that tests use.</summary>
internal static class TestBlobs
{
    public static string ConnectionString { get; } = Environment.GetEnvironmentVariable("AzureWebJobsStorage")
        ?? throw new InvalidOperationException("AzureWebJobsStorage is not set: run ./dev test.");
}
