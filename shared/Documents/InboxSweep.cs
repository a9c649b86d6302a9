using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Assay;

/// <summary>
/// Finds files of the inbox that nobody received: the blob trigger goes by the time of the last change that it saw, and
/// passes over what became visible later with an earlier one (azure-sdk-for-net, issue 62763). Files are listed as the
/// trigger lists them, 10,000 a call, and only what changed since the listing before last began is looked for in the
/// database. One a process.
/// </summary>
public sealed class InboxSweep(BlobContainerClient container, JobDatabase database, TimeProvider time)
{
    private const int PageSize = 5_000;
    private const int PagesMax = 2;

    // The trigger gets this long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // What was dropped while no process ran.
    private static readonly TimeSpan FirstReach = TimeSpan.FromDays(1);

    // Clocks differ, and a process that ends takes its part of a listing with it.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    private string? continuation;
    private DateTimeOffset since = time.GetUtcNow() - FirstReach;
    private DateTimeOffset began = time.GetUtcNow();

    /// <summary>Goes on with the listing where the last call ended. Returns paths of unknown files.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellation)
    {
        List<string> found = [];
        for (var page = 0; page < PagesMax; page++)
        {
            if (continuation is null)
                began = time.GetUtcNow();
            var files = await NextAsync(cancellation);
            var latest = time.GetUtcNow() - Patience;
            found.AddRange(await UnknownAsync(
                [.. files.Where(file => file.Properties.LastModified is { } at && at >= since && at <= latest)],
                cancellation));
            if (continuation is null)
            {
                since = began - Overlap;
                break;
            }
        }
        return found;
    }

    private async Task<IReadOnlyList<BlobItem>> NextAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var page in container
                .GetBlobsAsync(BlobTraits.None, BlobStates.None, null, cancellation)
                .AsPages(continuation, PageSize))
            {
                continuation = page.ContinuationToken is { Length: > 0 } next ? next : null;
                return page.Values;
            }
        }
        catch (RequestFailedException none) when (none.Status == 404)
        {
            // Nobody has dropped anything yet.
        }
        continuation = null;
        return [];
    }

    private async Task<IEnumerable<string>> UnknownAsync(BlobItem[] files, CancellationToken cancellation) =>
        files.Length == 0 ? [] : await database.ListAsync<string>(
            """
            select f.path
            from unnest(@paths, @times) f (path, changed_at)
            join ops.organization o on o.slug = split_part(f.path, '/', 1)
            where not exists (
                select from core.document d
                where d.organization_id = o.id and d.blob_path = f.path and d.deleted_at is null
                    and d.updated_at >= f.changed_at)
                and not exists (
                    select from core.document d
                    where d.organization_id = o.id and d.blob_path = f.path and d.deleted_at >= f.changed_at)
            """,
            new
            {
                paths = files.Select(file => file.Name).ToArray(),
                times = files.Select(file => file.Properties.LastModified!.Value.UtcDateTime).ToArray(),
            },
            cancellation);
}
