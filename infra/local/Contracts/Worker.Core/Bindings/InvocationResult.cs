using Microsoft.Azure.Functions.Worker.Context.Features;

namespace Microsoft.Azure.Functions.Worker;

public abstract class InvocationResult<T>
{
    /// <summary>What the function returned; setting it replaces what the host answers with.</summary>
    public abstract T? Value { get; set; }
}

public abstract class InvocationResult : InvocationResult<object>
{
}

internal sealed class BoundResult(IFunctionBindingsFeature bindings) : InvocationResult
{
    public override object? Value
    {
        get => bindings.InvocationResult;
        set => bindings.InvocationResult = value;
    }
}

internal sealed class BoundResult<T>(IFunctionBindingsFeature bindings, T value) : InvocationResult<T>
{
    private T? current = value;

    public override T? Value
    {
        get => current;
        set
        {
            current = value;
            bindings.InvocationResult = value;
        }
    }
}
