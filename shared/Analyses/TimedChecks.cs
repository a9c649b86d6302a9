using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Runs checks one after another until their time is up, and keeps the names of those left out.</summary>
internal sealed class TimedChecks(TimeSpan limit)
{
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly List<string> left = [];

    /// <summary>Names of the checks that were not made, or not to their end.</summary>
    public IReadOnlyList<string> Left => left;

    /// <summary>What the check finds; null when there was no time for it.</summary>
    public T? Run<T>(string name, Func<T?> check)
        where T : class
    {
        try
        {
            if (watch.Elapsed < limit)
                return check();
        }
        catch (RegexMatchTimeoutException)
        {
            // Named below, as one that was never begun.
        }

        left.Add(name);
        return null;
    }
}
