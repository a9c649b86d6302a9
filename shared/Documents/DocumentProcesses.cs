namespace Assay;

/// <summary>
/// The processes that work on documents: at most two, started when they are first needed, used again and again, and
/// ended when nothing was to be done for a while.
/// </summary>
public sealed class DocumentProcesses : IDisposable
{
    private const int ProcessesMax = 2;

    /// <summary>Documents of so many bytes are held side by side.</summary>
    private const int ShortMax = 2 * 1024 * 1024;

    private static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(1);

    private readonly DocumentProgram program;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim free = new(ProcessesMax);
    private readonly SemaphoreSlim longDocuments = new(1);
    private readonly List<DocumentProcess> idle = [];
    private readonly ITimer sweep;
    private bool isDisposed;

    public DocumentProcesses(DocumentProgram program, TimeProvider time)
    {
        (this.program, this.time) = (program, time);
        sweep = time.CreateTimer(_ => EndIdle(IdleMax), null, IdleMax, IdleMax);
    }

    /// <summary>The processes that wait for work.</summary>
    internal IReadOnlyList<int> Idle
    {
        get
        {
            lock (idle)
                return [.. idle.Select(process => process.Id)];
        }
    }

    /// <summary>
    /// Waits for room to hold a document in memory, until the answer is disposed of: there is room for one long
    /// document at a time, for its bytes and its text are held here.
    /// </summary>
    internal async Task<IDisposable?> HoldAsync(long bytes, CancellationToken cancellation)
    {
        if (bytes <= ShortMax)
            return null;

        await longDocuments.WaitAsync(cancellation);
        return new Held(longDocuments);
    }

    /// <exception cref="TooCostlyException">The work took more than the budget, or ended its process twice.</exception>
    internal async Task<T> RunAsync<T>(
        DocumentRequest request, Func<BinaryReader, T> read, WorkBudget budget, CancellationToken cancellation)
    {
        try
        {
            return await TryAsync(request, read, budget, cancellation);
        }
        catch (ProcessDiedException)
        {
            // Somebody else may have ended it; whatever ends it a second time is the document.
        }

        try
        {
            return await TryAsync(request, read, budget, cancellation);
        }
        catch (ProcessDiedException)
        {
            throw new TooCostlyException("The process that reads it broke down over it, twice.");
        }
    }

    public void Dispose()
    {
        lock (idle)
            isDisposed = true;
        sweep.Dispose();
        EndIdle(TimeSpan.Zero);
    }

    private async Task<T> TryAsync<T>(
        DocumentRequest request, Func<BinaryReader, T> read, WorkBudget budget, CancellationToken cancellation)
    {
        await free.WaitAsync(cancellation);
        DocumentProcess? process = null;
        try
        {
            process = TakeIdle(budget.Megabytes) ?? DocumentProcess.Start(program, budget.Megabytes);
            var answer = await process.RunAsync(request, read, budget, cancellation);
            Keep(process);
            process = null;
            return answer;
        }
        finally
        {
            process?.Dispose();
            free.Release();
        }
    }

    private DocumentProcess? TakeIdle(int megabytes)
    {
        lock (idle)
        {
            var index = idle.FindLastIndex(process => process.Megabytes == megabytes);
            if (index < 0)
                return null;

            var process = idle[index];
            idle.RemoveAt(index);
            return process;
        }
    }

    private void Keep(DocumentProcess process)
    {
        process.IdleSince = time.GetTimestamp();
        lock (idle)
        {
            if (!isDisposed && idle.Count < ProcessesMax)
            {
                idle.Add(process);
                return;
            }
        }

        process.Dispose();
    }

    /// <summary>Ends those that have waited for so long.</summary>
    internal void EndIdle(TimeSpan least)
    {
        List<DocumentProcess> ended;
        lock (idle)
        {
            ended = idle.FindAll(process => time.GetElapsedTime(process.IdleSince) >= least);
            idle.RemoveAll(ended.Contains);
        }

        ended.ForEach(process => process.Dispose());
    }

    private sealed class Held(SemaphoreSlim room) : IDisposable
    {
        public void Dispose() => room.Release();
    }
}
