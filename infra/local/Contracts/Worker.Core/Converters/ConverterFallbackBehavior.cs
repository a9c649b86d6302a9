namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Whether the app's registered converters are tried when a binding's own converters pass.</summary>
public enum ConverterFallbackBehavior
{
    Allow = 0,
    Disallow = 1,
    Default = Allow,
}
