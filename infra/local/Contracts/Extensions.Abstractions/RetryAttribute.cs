namespace Microsoft.Azure.Functions.Worker;

[AttributeUsage(AttributeTargets.Method)]
public abstract class RetryAttribute : Attribute
{
    public RetryAttribute()
    {
    }

    /// <summary>Attempts after the first; -1 retries for ever.</summary>
    public int MaxRetryCount { get; set; }
}
