namespace Assay;

/// <summary>Something the person at the terminal should read: what happened and, where known, what to do.</summary>
internal sealed class DemoException(string message) : Exception(message);

internal static class Setting
{
    public static string Required(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            ? value
            : throw new DemoException($"{name} is not set. Use ./dev, which sets it.");

    public static string Optional(string name, string otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : otherwise;
}
