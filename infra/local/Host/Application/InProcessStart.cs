using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Assay.Local;

/// <summary>
/// What a test changes about the next builder that its thread of execution creates. It travels with the execution
/// context, so several apps can start in one process at the same time without seeing each other's changes.
/// </summary>
internal sealed record InProcessStart(
    Assembly App,
    IReadOnlyCollection<Type>? FunctionClasses,
    IReadOnlyDictionary<string, string?> Settings,
    Action<IServiceCollection>? Overrides)
{
    private static readonly AsyncLocal<InProcessStart?> current = new();

    /// <summary>Null outside of tests.</summary>
    public static InProcessStart? Current
    {
        get => current.Value;
        set => current.Value = value;
    }

    /// <summary>The app's host, once it is built.</summary>
    public TaskCompletionSource<IHost> Built { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
