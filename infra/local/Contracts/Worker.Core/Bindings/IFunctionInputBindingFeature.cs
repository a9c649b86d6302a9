namespace Microsoft.Azure.Functions.Worker.Context.Features;

public interface IFunctionInputBindingFeature
{
    /// <summary>Binds all parameters, in their order.</summary>
    ValueTask<FunctionInputBindingResult> BindFunctionInputAsync(FunctionContext context);
}
