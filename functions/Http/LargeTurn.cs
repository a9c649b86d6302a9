using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// The turn of a request that works on much. Few do at a time, because memory holds many times what was sent on the way
/// to an answer; others wait within their time limit. An organization stands in line with no more than that, so that
/// another one's is the next.
/// </summary>
public sealed class LargeTurn(CurrentCaller caller)
{
    /// <summary>Bytes of JSON, or characters of a text, from which on work is large.</summary>
    public const int SizeMin = 512 * 1024;

    private const int AtOnce = 2;

    private static readonly object key = new();

    // Static, for the process has one memory, however many apps a test runs in it.
    private static readonly SemaphoreSlim turns = new(AtOnce);
    private static readonly SemaphoreSlim[] queues =
        [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(AtOnce))];

    private SemaphoreSlim? queue;

    /// <summary>Whether the request has had to take it.</summary>
    public bool IsTaken => queue is not null;

    /// <summary>The turn of a request; null outside of the app's pipeline.</summary>
    public static LargeTurn? Of(HttpContext http) =>
        http.Items.TryGetValue(key, out var turn) ? (LargeTurn)turn! : null;

    public void BelongTo(HttpContext http) => http.Items[key] = this;

    /// <summary>Waits for it, once: the request has it until its answer is there.</summary>
    public async Task TakeAsync(CancellationToken cancellation)
    {
        if (IsTaken)
            return;
        var own = queues[(uint)(caller.Value.OrganizationId ?? Guid.Empty).GetHashCode() % queues.Length];
        await own.WaitAsync(cancellation);
        try
        {
            await turns.WaitAsync(cancellation);
            queue = own;
        }
        finally
        {
            if (!IsTaken)
                own.Release();
        }
    }

    public void Leave()
    {
        if (queue is not { } own)
            return;
        queue = null;
        turns.Release();
        own.Release();
    }
}
