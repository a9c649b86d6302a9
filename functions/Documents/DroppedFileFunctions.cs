using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>The door for files that are dropped. Uploads come through here too, and find themselves recorded.</summary>
public sealed class DroppedFileFunctions(
    OrganizationDirectory organizations,
    OrganizationScope scope,
    Inbox inbox,
    DocumentStore documents,
    AdmittedRuns admitted,
    ILogger<DroppedFileFunctions> logger)
{
    /// <summary>
    /// A file of an organization that does not exist stays where it is. After five tries it is a poison blob, which an
    /// operator sees, and can retry once the organization is there.
    /// </summary>
    [Function(nameof(ReceiveFile))]
    public async Task ReceiveFile(
        [BlobTrigger("%InboxContainer%/{organization}/{name}")] BlobClient blob,
        string organization,
        string name,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        var organizationId = await organizations.FindBySlugAsync(organization, cancellation)
            ?? throw new InvalidOperationException(
                $"The file {organization}/{name} is in the inbox of an organization that does not exist. Create the "
                + $"organization {organization} and retry, or remove the file.");
        scope.Enter(organizationId);
        if (await inbox.FindAsync(blob.Name, cancellation) is not { } file)
        {
            logger.LogInformation("{Path} was removed before it was received", blob.Name);
            return;
        }

        await documents.ReceiveAsync(file, cancellation);
        await durable.StartAsync(admitted, cancellation);
    }
}
