using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// Ends a search that takes far longer than any should: what it asks for costs too much where it is asked, and it would
/// hold a connection for nothing.
/// </summary>
internal static class SearchDeadline
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    public static async Task<IResult> RunAsync(
        TimeSpan longest, Func<CancellationToken, Task<IResult>> search, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        either.CancelAfter(longest);
        try
        {
            return await search(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Problems.Invalid(
                "query",
                $"expected one that is answered within {longest.TotalSeconds:N0} s: ask for fewer or rarer words");
        }
    }
}
