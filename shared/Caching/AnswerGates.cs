namespace Assay;

/// <summary>Lets one at a time in this process ask for an answer that is not there.</summary>
public sealed class AnswerGates
{
    private readonly Lock gate = new();
    private readonly Dictionary<(Guid, string), Gate> gates = [];

    /// <summary>Waits for whoever is in; disposing of what it returns lets the next one in.</summary>
    public async Task<IDisposable> EnterAsync((Guid, string) key, CancellationToken cancellation)
    {
        Gate entered;
        lock (gate)
        {
            if (!gates.TryGetValue(key, out entered!))
                gates[key] = entered = new Gate(this, key);
            entered.Users++;
        }

        try
        {
            await entered.Door.WaitAsync(cancellation);
            return entered;
        }
        catch
        {
            Leave(entered);
            throw;
        }
    }

    private void Leave(Gate left)
    {
        lock (gate)
        {
            if (--left.Users == 0)
                gates.Remove(left.Key);
        }
    }

    private sealed class Gate(AnswerGates gates, (Guid, string) key) : IDisposable
    {
        public SemaphoreSlim Door { get; } = new(1);

        public (Guid, string) Key => key;

        public int Users { get; set; }

        public void Dispose()
        {
            Door.Release();
            gates.Leave(this);
        }
    }
}
