namespace Microsoft.Azure.Functions.Worker.Converters;

[AttributeUsage(AttributeTargets.Class)]
public sealed class ConverterFallbackBehaviorAttribute : Attribute
{
    public ConverterFallbackBehaviorAttribute(ConverterFallbackBehavior fallbackBehavior) =>
        Behavior = fallbackBehavior;

    public ConverterFallbackBehavior Behavior { get; }
}
