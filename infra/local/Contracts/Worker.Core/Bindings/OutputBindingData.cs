using Microsoft.Azure.Functions.Worker.Context.Features;

namespace Microsoft.Azure.Functions.Worker;

public abstract class OutputBindingData<T>
{
    public abstract string Name { get; }

    public abstract string BindingType { get; }

    /// <summary>Setting it replaces what the host writes.</summary>
    public abstract T? Value { get; set; }
}

internal sealed class BoundOutput<T>(IFunctionBindingsFeature bindings, string name, string bindingType, T? value)
    : OutputBindingData<T>
{
    private T? current = value;

    public override string Name => name;

    public override string BindingType => bindingType;

    public override T? Value
    {
        get => current;
        set
        {
            current = value;
            bindings.OutputBindingData[name] = value;
        }
    }
}
