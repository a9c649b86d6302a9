using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

public sealed class BlobTriggerAttribute : TriggerBindingAttribute
{
    /// <param name="blobPath">
    /// Container and pattern, such as <c>inbox/{organization}/{name}</c>; the last name takes slashes.
    /// </param>
    public BlobTriggerAttribute(string blobPath) => BlobPath = blobPath;

    [BindingPropertyName("path")]
    public string BlobPath { get; }

    /// <summary>Name of the setting that holds the connection; <c>AzureWebJobsStorage</c> when null.</summary>
    public string? Connection { get; set; }

    public BlobTriggerSource Source { get; set; } = BlobTriggerSource.LogsAndContainerScan;
}
