using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Context.Features;

namespace Assay.Local;

/// <summary>The arguments and results of one invocation; middleware may look at and replace them.</summary>
internal sealed class FunctionBindings(LocalFunctionContext context) : IFunctionBindingsFeature
{
    private readonly object?[] arguments = new object?[context.Function.Sources.Count];
    private readonly bool[] isBound = new bool[context.Function.Sources.Count];
    private Dictionary<string, object?>? outputs;

    public object? InvocationResult { get; set; }

    public IDictionary<string, object?> OutputBindingData => outputs ??= new(StringComparer.OrdinalIgnoreCase);

    public async ValueTask<object?> BindInputAsync(BindingMetadata binding, Type targetType)
    {
        var index = IndexOf(binding);
        await BindAsync(index);
        return arguments[index];
    }

    public void SetInput(BindingMetadata binding, object? value)
    {
        var index = IndexOf(binding);
        arguments[index] = value;
        isBound[index] = true;
    }

    /// <summary>All arguments, in the order of the parameters.</summary>
    public async ValueTask<object?[]> BindAllAsync()
    {
        for (var i = 0; i < arguments.Length; i++)
            await BindAsync(i);
        return arguments;
    }

    private async ValueTask BindAsync(int index)
    {
        if (isBound[index])
            return;
        arguments[index] = await context.Function.Sources[index](context);
        isBound[index] = true;
    }

    private int IndexOf(BindingMetadata binding)
    {
        var index = Array.FindIndex(
            context.Function.Method.GetParameters(),
            parameter => string.Equals(parameter.Name, binding.Name, StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? index
            : throw new InvalidOperationException(
                $"The function '{context.Function.Name}' has no parameter '{binding.Name}'.");
    }
}
