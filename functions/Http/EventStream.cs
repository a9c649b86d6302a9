using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>Server-sent events, for as long as their caller may have them. All streams are answered here.</summary>
public sealed class EventStream(CallerWatch watch)
{
    /// <param name="events">Begins the events; cancelled when the client hangs up, or may not have more.</param>
    public IResult Of(HttpRequest request, Func<CancellationToken, IAsyncEnumerable<SseItem<string>>> events) =>
        TypedResults.ServerSentEvents(WhileAdmittedAsync(events, request.HttpContext.RequestAborted));

    private async IAsyncEnumerable<SseItem<string>> WhileAdmittedAsync(
        Func<CancellationToken, IAsyncEnumerable<SseItem<string>>> events,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = watch.CancelAsync(end);
        try
        {
            await using var each = events(end.Token).GetAsyncEnumerator(end.Token);
            while (await TryMoveAsync(each, end.Token))
                yield return each.Current;
        }
        finally
        {
            await end.CancelAsync();
            // What a look failed by, such as the database being away, ended the stream and is nothing more to it.
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Ended is ended, not failed: a client that comes back hears why.
    private static async Task<bool> TryMoveAsync(
        IAsyncEnumerator<SseItem<string>> each, CancellationToken cancellation)
    {
        try
        {
            return await each.MoveNextAsync() && !cancellation.IsCancellationRequested;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
