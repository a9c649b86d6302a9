namespace Assay;

/// <summary>What <c>./dev runs</c> was asked for.</summary>
/// <param name="Status">Some, with commas between.</param>
/// <param name="Name">Part of an orchestration's name.</param>
internal sealed record RunsOptions(
    string? Id = null, string? Status = null, string? Name = null, string? Prefix = null, bool All = false,
    bool Follow = false)
{
    // The API takes them only as they are written, and leaves out a filter that it does not know.
    private static readonly string[] Statuses =
        ["Pending", "Running", "Suspended", "ContinuedAsNew", "Completed", "Failed", "Canceled", "Terminated"];

    /// <exception cref="DemoException">An argument is not known.</exception>
    public static RunsOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new RunsOptions();
        while (!arguments.IsEmpty)
        {
            (options, var taken) = arguments switch
            {
                ["--all", ..] => (options with { All = true }, 1),
                ["--follow" or "-f", ..] => (options with { Follow = true }, 1),
                ["--status", var value, ..] => (options with { Status = Known(value) }, 2),
                ["--name", var value, ..] => (options with { Name = value }, 2),
                ["--prefix", var value, ..] => (options with { Prefix = value }, 2),
                [['-', ..] unknown, ..] => throw new DemoException(
                    $"./dev runs does not know '{unknown}', or it lacks its value. It takes "
                    + "[ID] [--follow] [--all] [--status S,…] [--name PART] [--prefix ID]."),
                [var id, ..] => (options with { Id = id }, 1),
                [] => (options, 0),
            };
            arguments = arguments[taken..];
        }
        return options;
    }

    private static string Known(string statuses) => string.Join(',', statuses.Split(',').Select(given =>
        Statuses.FirstOrDefault(known => known.Equals(given.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? throw new DemoException($"There is no status '{given}'. There are {string.Join(", ", Statuses)}.")));
}
