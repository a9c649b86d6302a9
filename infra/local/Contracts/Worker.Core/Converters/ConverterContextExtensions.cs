namespace Microsoft.Azure.Functions.Worker.Converters;

public static class ConverterContextExtensions
{
    /// <summary>Under this name the host puts a parameter's binding attribute into its properties.</summary>
    internal const string BindingAttributeProperty = "bindingAttribute";

    public static bool TryGetBindingAttribute<T>(this ConverterContext context, out object? bindingAttribute)
        where T : Attribute =>
        context.Properties.TryGetValue(BindingAttributeProperty, out bindingAttribute);

    /// <exception cref="ArgumentException"><paramref name="type"/> is not an attribute.</exception>
    public static bool TryGetBindingAttribute(
        this ConverterContext context, Type type, out object? bindingAttribute)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (!typeof(Attribute).IsAssignableFrom(type))
            throw new ArgumentException($"The type '{type}' must be an attribute.", nameof(type));

        return context.Properties.TryGetValue(BindingAttributeProperty, out bindingAttribute);
    }
}
