using System.Diagnostics;

namespace Assay.Local;

/// <summary>
/// Shares round trips: what is asked for while one is under way goes together into the next. A single caller waits no
/// longer than without it, and many callers need one connection.
/// </summary>
/// <param name="work">Answers all that was asked, in order.</param>
/// <param name="max">Bounds how much goes together.</param>
/// <param name="key">
/// What is asked for with the same key never shares a round trip: the later one sees what became of the earlier.
/// </param>
internal sealed class Gathering<TAsked, TAnswer>(
    Func<IReadOnlyList<TAsked>, Task<IReadOnlyList<TAnswer>>> work, int max, Func<TAsked, string>? key = null)
{
    readonly object gate = new();
    readonly Queue<Request> waiting = new();
    bool working;

    /// <summary>A caller who gives up leaves the work to be done all the same.</summary>
    public Task<TAnswer> AskAsync(TAsked asked, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var request = new Request(asked, Activity.Current);
        lock (gate)
        {
            waiting.Enqueue(request);
            if (!working)
            {
                working = true;
                ThreadPool.UnsafeQueueUserWorkItem(_ => _ = WorkAsync(), null);
            }
        }
        return request.Answer.Task.WaitAsync(cancellation);
    }

    async Task WorkAsync()
    {
        while (true)
        {
            List<Request> together;
            lock (gate)
            {
                together = TakeTogether();
                if (together.Count == 0)
                {
                    working = false;
                    return;
                }
            }
            await AnswerAsync(together);
        }
    }

    List<Request> TakeTogether()
    {
        List<Request> together = [];
        HashSet<string> keys = [];
        while (together.Count < max && waiting.TryPeek(out var next)
            && (key is null || keys.Add(key(next.Asked))))
        {
            together.Add(waiting.Dequeue());
        }
        return together;
    }

    async Task AnswerAsync(IReadOnlyList<Request> together)
    {
        Activity.Current = together[0].Span;
        try
        {
            var answers = await work([.. together.Select(one => one.Asked)]);
            for (var i = 0; i < together.Count; i++)
                together[i].Answer.SetResult(answers[i]);
        }
        // What the database refuses for one caller's values is no other caller's failure.
        catch (Exception exception) when (together.Count > 1 && Outage.IsAboutData(exception))
        {
            foreach (var one in together)
                await AnswerAsync([one]);
        }
        // Each caller gets it.
        catch (Exception exception)
        {
            foreach (var one in together)
                one.Answer.TrySetException(exception);
        }
    }

    /// <param name="Span">The caller's; of callers that share a round trip, it is in the first one's trace.</param>
    sealed record Request(TAsked Asked, Activity? Span)
    {
        public TaskCompletionSource<TAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
