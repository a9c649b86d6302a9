namespace Microsoft.Azure.Functions.Worker;

public abstract class BindingContext
{
    /// <summary>Trigger metadata by name: route values and query for HTTP, path parts for blobs.</summary>
    public abstract IReadOnlyDictionary<string, object?> BindingData { get; }
}
