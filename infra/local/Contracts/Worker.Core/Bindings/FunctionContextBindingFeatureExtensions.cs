using Microsoft.Azure.Functions.Worker.Context.Features;

namespace Microsoft.Azure.Functions.Worker;

public static class FunctionContextBindingFeatureExtensions
{
    /// <summary>Binds an input ahead of the function, which then receives the same value.</summary>
    public static async ValueTask<InputBindingData<T>> BindInputAsync<T>(
        this FunctionContext context, BindingMetadata bindingMetadata)
    {
        ArgumentNullException.ThrowIfNull(bindingMetadata);
        var bindings = Bindings(context);
        var value = await bindings.BindInputAsync(bindingMetadata, typeof(T));
        return new BoundInput<T>(bindings, bindingMetadata, (T?)value);
    }

    /// <exception cref="InvalidOperationException">The function did not return a <typeparamref name="T"/>.</exception>
    public static InvocationResult<T> GetInvocationResult<T>(this FunctionContext context)
    {
        var bindings = Bindings(context);
        return bindings.InvocationResult is T result
            ? new BoundResult<T>(bindings, result)
            : throw new InvalidOperationException(
                $"Requested type ({typeof(T)}) does not match the type of the invocation result " +
                $"({bindings.InvocationResult?.GetType().ToString() ?? "null"}).");
    }

    public static InvocationResult GetInvocationResult(this FunctionContext context) =>
        new BoundResult(Bindings(context));

    /// <summary>One for each output binding; its value is null where it is no <typeparamref name="T"/>.</summary>
    public static IEnumerable<OutputBindingData<T>> GetOutputBindings<T>(this FunctionContext context)
    {
        var bindings = Bindings(context);
        foreach (var (name, metadata) in context.FunctionDefinition.OutputBindings)
        {
            var value = bindings.OutputBindingData.TryGetValue(name, out var data) && data is T typed ? typed : default;
            yield return new BoundOutput<T>(bindings, name, metadata.Type, value);
        }
    }

    private static IFunctionBindingsFeature Bindings(FunctionContext context) =>
        context.Features.Get<IFunctionBindingsFeature>()
        ?? throw new InvalidOperationException("The invocation has no bindings: it did not come from a function host.");
}
