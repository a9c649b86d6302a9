using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>A request to run a function once.</summary>
/// <param name="TriggerData">What the function's trigger reads its parameters from.</param>
/// <param name="Reason">For the log, such as "Timer fired at …".</param>
/// <param name="Cancellation">Cancelled when nobody waits for the outcome any more.</param>
internal sealed record Invocation(
    Function Function, object TriggerData, string Reason, CancellationToken Cancellation)
{
    private static readonly IReadOnlyDictionary<string, object?> none = new Dictionary<string, object?>();

    public string Id { get; init; } = Guid.NewGuid().ToString();

    /// <summary>Names such as route values and parts of a blob's path, which parameters are bound to by name.</summary>
    public IReadOnlyDictionary<string, object?> BindingData { get; init; } = none;

    /// <summary>Null, as on the real host, for functions without a retry policy.</summary>
    public RetryContext? Retry { get; init; }

    /// <summary>Called before middleware, to add features and items.</summary>
    public Action<LocalFunctionContext>? Prepare { get; init; }

    /// <summary>Called with the results while the invocation's services still live.</summary>
    public Func<FunctionBindings, Task>? Complete { get; init; }
}
