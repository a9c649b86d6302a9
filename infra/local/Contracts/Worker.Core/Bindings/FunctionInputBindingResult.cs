namespace Microsoft.Azure.Functions.Worker.Context.Features;

public class FunctionInputBindingResult
{
    public FunctionInputBindingResult(object?[] values) => Values = values;

    /// <summary>The arguments of the function, one for each parameter.</summary>
    public object?[] Values { get; }
}
