namespace Assay.Local;

/// <summary>
/// How a listener stops: it takes no new work at once, tells what still runs after a while to end, and waits for it as
/// long as the host allows.
/// </summary>
internal sealed class Stopping : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource begun = new();
    private readonly CancellationTokenSource insisted = new();

    /// <summary>Take nothing new.</summary>
    public CancellationToken Begun => begun.Token;

    /// <summary>End what runs.</summary>
    public CancellationToken Insisted => insisted.Token;

    public async Task StopAsync(IEnumerable<Task> running, CancellationToken limit)
    {
        await begun.CancelAsync();
        var all = Task.WhenAll(running);
        try
        {
            insisted.CancelAfter(Patience);
            await all.WaitAsync(limit);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            await insisted.CancelAsync();
        }
    }

    public void Dispose()
    {
        begun.Dispose();
        insisted.Dispose();
    }
}
