using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// Whether the host runs, and what is wrong with it as a whole; errors of one function are in its status.
/// </summary>
internal sealed class HostState
{
    private readonly List<string> errors = [];

    /// <summary>Distinguishes this process from others that share its database.</summary>
    public string Id { get; } = $"{Environment.MachineName.ToLowerInvariant()}-{Guid.NewGuid():n}";

    public string Version { get; } = typeof(HostState).Assembly.GetName().Version?.ToString() ?? "0.0.0.0";

    public bool IsRunning => Errors.Count == 0;

    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (errors)
                return [.. errors];
        }
    }

    public void Fail(string error)
    {
        lock (errors)
            errors.Add(error);
    }
}
