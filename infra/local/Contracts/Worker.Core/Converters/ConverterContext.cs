namespace Microsoft.Azure.Functions.Worker.Converters;

public abstract class ConverterContext
{
    public abstract Type TargetType { get; }

    /// <summary>What the trigger delivered for this parameter, before conversion.</summary>
    public abstract object? Source { get; }

    public abstract FunctionContext FunctionContext { get; }

    public abstract IReadOnlyDictionary<string, object> Properties { get; }
}
