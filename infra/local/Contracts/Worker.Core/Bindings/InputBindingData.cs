using Microsoft.Azure.Functions.Worker.Context.Features;

namespace Microsoft.Azure.Functions.Worker;

public abstract class InputBindingData<T>
{
    public abstract BindingMetadata BindingMetadata { get; }

    /// <summary>Setting it replaces what the function receives.</summary>
    public abstract T? Value { get; set; }
}

internal sealed class BoundInput<T>(IFunctionBindingsFeature bindings, BindingMetadata metadata, T? value)
    : InputBindingData<T>
{
    private T? current = value;

    public override BindingMetadata BindingMetadata => metadata;

    public override T? Value
    {
        get => current;
        set
        {
            current = value;
            bindings.SetInput(metadata, value);
        }
    }
}
