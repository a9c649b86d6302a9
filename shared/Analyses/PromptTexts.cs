namespace Assay;

/// <summary>
/// Prompts that nodes are at work on: those of one analysis share one reading of it, with all that was found out about
/// it on the way. Reading takes processors alone, so as many prompts as there are of them are worked on at a time, and
/// no more are held in memory.
/// </summary>
internal sealed class PromptTexts : IDisposable
{
    /// <summary>More analyses than can be worked on at once; what nobody works on is not kept alive.</summary>
    private const int RememberedMax = 64;

    private readonly Dictionary<Guid, WeakReference<Lazy<PromptText>>> remembered = [];
    private readonly SemaphoreSlim turns = new(Environment.ProcessorCount);

    public async Task<T> WorkAsync<T>(
        Guid analysis, Func<PromptText> read, Func<PromptText, Task<T>> work, CancellationToken cancellation)
    {
        await turns.WaitAsync(cancellation);
        try
        {
            return await work(Find(analysis, read).Value);
        }
        finally
        {
            turns.Release();
        }
    }

    public void Dispose() => turns.Dispose();

    private Lazy<PromptText> Find(Guid analysis, Func<PromptText> read)
    {
        lock (remembered)
        {
            if (remembered.TryGetValue(analysis, out var known) && known.TryGetTarget(out var prompt))
                return prompt;

            if (remembered.Count >= RememberedMax)
                remembered.Clear();
            prompt = new Lazy<PromptText>(read);
            remembered[analysis] = new(prompt);
            return prompt;
        }
    }
}
