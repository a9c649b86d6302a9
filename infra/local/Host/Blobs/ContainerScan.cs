using System.Diagnostics;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// Lists a container again and again and reports versions of blobs that it has not seen. It remembers 16 bytes a
/// blob, and lists a container that takes long less often.
/// </summary>
internal sealed class ContainerScan(
    BlobContainerClient container,
    IReadOnlyList<(Function Function, BlobTrigger Trigger)> functions,
    BlobReceipts receipts,
    Action found,
    TimeProvider time,
    ILogger logger)
{
    private const int PageSize = 5000;

    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(30);

    // Where nothing has come for this long, looking half as often will do.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseQuiet = TimeSpan.FromSeconds(2);

    // Only what every function's pattern begins with narrows the listing.
    private readonly string prefix = functions.Select(pair => pair.Trigger.Path.Prefix).Aggregate(CommonPrefix);

    private readonly Interruption outage = new($"Blob container '{container.Name}'", logger);

    private HashSet<UInt128> seen = [];
    private HashSet<UInt128> listed = [];
    private bool isKnownToExist;
    private long newsAt = Stopwatch.GetTimestamp();

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var started = Stopwatch.GetTimestamp();
                await ScanAsync(stopping);
                outage.End();
                var pause = Stopwatch.GetElapsedTime(started) * 2;
                var least = Stopwatch.GetElapsedTime(newsAt) > Quiet ? PauseQuiet : PauseMin;
                await Task.Delay(pause < least ? least : pause > PauseMax ? PauseMax : pause, time, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Mostly storage that is away. Whatever it is, it must not end the scan.
                isKnownToExist = false;
                await outage.WaitAsync(error, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ScanAsync(CancellationToken cancellation)
    {
        if (!isKnownToExist)
            await container.CreateIfNotExistsAsync(cancellationToken: cancellation);
        isKnownToExist = true;

        listed.Clear();
        var pages = container.GetBlobsAsync(prefix: prefix, cancellationToken: cancellation)
            .AsPages(pageSizeHint: PageSize);
        await foreach (var page in pages)
        {
            var news = page.Values.Where(IsNew).SelectMany(Matching).ToList();
            if (news.Count > 0)
                newsAt = Stopwatch.GetTimestamp();
            if (news.Count > 0 && await receipts.AddAsync(container.Name, news, cancellation) > 0)
                found();
        }

        // Only now: had anything failed, the whole listing would count as not seen.
        (seen, listed) = (listed, seen);
    }

    private bool IsNew(BlobItem blob)
    {
        var version = XxHash128.HashToUInt128(
            MemoryMarshal.AsBytes($"{blob.Name}\n{blob.Properties.ETag}".AsSpan()));
        listed.Add(version);
        return !seen.Contains(version);
    }

    private IEnumerable<FoundBlob> Matching(BlobItem blob)
    {
        foreach (var (function, trigger) in functions)
        {
            if (trigger.Path.TryMatch(blob.Name, out _))
                yield return new FoundBlob(
                    function.Name, blob.Name, $"{blob.Properties.ETag}",
                    blob.Properties.LastModified ?? time.GetUtcNow());
        }
    }

    private static string CommonPrefix(string one, string other) =>
        one[..one.AsSpan().CommonPrefixLength(other)];
}
