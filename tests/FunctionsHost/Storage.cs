using Azure.Storage.Blobs;

namespace Assay.Hosting;

/// <summary>The storage account of the tests, Azurite's as a rule, and an app's own corner of it.</summary>
internal static class Storage
{
    public static string Connection { get; } =
        Environment.GetEnvironmentVariable("AzureWebJobsStorage") ?? "UseDevelopmentStorage=true";

    public static BlobServiceClient Blobs { get; } = new(Connection);

    /// <summary>Settings of the sample app that no other test shares.</summary>
    public static Dictionary<string, string?> NewSettings()
    {
        var name = Guid.NewGuid().ToString("n")[..12];
        return new()
        {
            ["AzureWebJobsStorage"] = Connection, ["Hub"] = $"hub{name}", ["Container"] = $"drop-{name}",
            // Never within a test's time, unless it says otherwise.
            ["Schedule"] = "0 0 0 29 2 *",
            ["AzureFunctionsWebHost__hostid"] = $"host{name}",
        };
    }
}
