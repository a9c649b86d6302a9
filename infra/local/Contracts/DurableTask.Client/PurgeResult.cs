namespace Microsoft.DurableTask.Client;

public class PurgeResult
{
    /// <exception cref="ArgumentException">The count is negative.</exception>
    public PurgeResult(int count)
    {
        if (count < 0)
            throw new ArgumentException("Count must be non-negative", nameof(count));

        PurgedInstanceCount = count;
    }

    public PurgeResult(int count, bool? isComplete)
        : this(count) =>
        IsComplete = isComplete;

    public int PurgedInstanceCount { get; }

    /// <summary>False when more is left to purge; null when not known.</summary>
    public bool? IsComplete { get; }
}
