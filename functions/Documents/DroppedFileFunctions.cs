using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>The door for files that are dropped. Uploads come through here too, and find themselves recorded.</summary>
public sealed class DroppedFileFunctions(
    OrganizationDirectory organizations,
    Inbox inbox,
    InboxSweep sweep,
    PoisonFiles poison,
    IServiceScopeFactory scopes,
    ILogger<DroppedFileFunctions> logger)
{
    /// <summary>A file that fails five times, as one of an unknown organization does, is a poison file.</summary>
    [Function(nameof(ReceiveFile))]
    public Task ReceiveFile(
        // A pattern {organization}/{name} would take all but the last folder for the organization.
        [BlobTrigger("%InboxContainer%/{path}")] BlobClient blob,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation) => ReceiveAsync(blob.Name, durable, cancellation);

    /// <summary>
    /// Receives what the trigger passed over, and tries poison files again, since the database is back, or the
    /// organization there at last.
    /// </summary>
    [Function(nameof(SweepInbox))]
    public async Task SweepInbox(
        [TimerTrigger("10/20 * * * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        foreach (var path in await sweep.FindAsync(cancellation))
        {
            if (await TryReceiveAsync(path))
                logger.LogWarning("{Path} was received late: the trigger had passed over it", path);
        }
        await poison.RetryAsync(TryReceiveAsync, cancellation);

        async Task<bool> TryReceiveAsync(string path)
        {
            try
            {
                await ReceiveAsync(path, durable, cancellation);
                return true;
            }
            catch (Exception error) when (
                error is not DatabaseUnavailableException && !cancellation.IsCancellationRequested)
            {
                logger.LogInformation("{Path} cannot be received: {Reason}", path, error.Message);
                return false;
            }
        }
    }

    private async Task ReceiveAsync(string path, DurableTaskClient durable, CancellationToken cancellation)
    {
        var organization = path.Split('/') is [var folder, _, ..] ? folder : throw new InvalidOperationException(
            $"The file {path} is in no organization's folder. Drop it as ORGANIZATION/{path}.");
        var id = await organizations.FindBySlugAsync(organization, cancellation)
            ?? throw new InvalidOperationException(
                $"The file {path} is in the inbox of an organization that does not exist. Create the organization "
                + $"{organization}, or remove the file.");
        if (await inbox.FindAsync(path, cancellation) is not { } file)
        {
            logger.LogInformation("{Path} was removed before it was received", path);
            return;
        }

        // Each file is its organization's, and a scope is one organization's.
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<OrganizationScope>().Enter(id);
        await scope.ServiceProvider.GetRequiredService<DocumentStore>().ReceiveAsync(file, cancellation);
        await durable.StartAsync(scope.ServiceProvider.GetRequiredService<AdmittedRuns>(), cancellation);
    }
}
