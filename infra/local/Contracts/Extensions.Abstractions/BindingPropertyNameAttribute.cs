namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

/// <summary>Under which name a property appears in the function's metadata, where that differs.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BindingPropertyNameAttribute : Attribute
{
    public BindingPropertyNameAttribute(string bindingPropertyName) => BindingPropertyName = bindingPropertyName;

    public string BindingPropertyName { get; }
}
