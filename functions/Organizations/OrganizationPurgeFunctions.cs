using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>Removes deleted organizations for good, some time after.</summary>
public sealed class OrganizationPurgeFunctions(
    OrganizationPurge purge, Inbox inbox, ImportFiles imports, TimeProvider time,
    ILogger<OrganizationPurgeFunctions> logger)
{
    private const int OrganizationsMax = 20;

    /// <summary>Long enough for an operator to undo a mistake.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Files first: whatever fails in between is found again the next night.</summary>
    [Function(nameof(PurgeOrganizations))]
    public async Task PurgeOrganizations([TimerTrigger("0 20 4 * * *")] TimerInfo timer, CancellationToken cancellation)
    {
        foreach (var organization in await purge.ListAsync(time.GetUtcNow() - Kept, OrganizationsMax, cancellation))
        {
            await inbox.DeleteFolderAsync(organization.Slug, cancellation);
            await imports.DeleteAllAsync(organization.Id, null, cancellation);
            if (await purge.TryRemoveAsync(organization.Id, cancellation))
                logger.LogInformation("Removed the deleted organization {Slug}", organization.Slug);
            else
                logger.LogWarning(
                    "{Slug} is still worked on, though deleted; the next night tries again", organization.Slug);
        }
    }
}
