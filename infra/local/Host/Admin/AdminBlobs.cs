using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Assay.Local;

/// <summary>Lists blobs that no try could handle, and lets them be tried again.</summary>
internal sealed class AdminBlobs(BlobReceipts receipts, BlobWorkers workers, HostSettings settings)
{
    private const int ListedMax = 1000;

    public async Task ListPoisonAsync(HttpContext http)
    {
        var poison = settings.DurableDatabase is null
            ? []
            : await receipts.ListPoisonAsync(ListedMax, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(poison, http.RequestAborted);
    }

    /// <summary>202, or 404 if there is no such poison blob.</summary>
    public async Task RetryPoisonAsync(HttpContext http)
    {
        var isId = long.TryParse((string?)http.GetRouteValue("id"), CultureInfo.InvariantCulture, out var id);
        if (!isId || settings.DurableDatabase is null || !await receipts.RetryPoisonAsync(id, http.RequestAborted))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        workers.Wake();
        http.Response.StatusCode = StatusCodes.Status202Accepted;
    }
}
