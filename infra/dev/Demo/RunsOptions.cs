namespace Assay;

/// <summary>What <c>./dev runs</c> was asked for.</summary>
/// <param name="Status">Some, with commas between.</param>
/// <param name="Name">Part of an orchestration's name.</param>
internal sealed record RunsOptions(
    string? Id, string? Status, string? Name, string? Prefix, bool All, bool Follow, bool Stats)
{
    /// <exception cref="DemoException">An argument is not known.</exception>
    public static RunsOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new RunsOptions(null, null, null, null, All: false, Follow: false, Stats: false);
        while (!arguments.IsEmpty)
        {
            (options, var taken) = arguments switch
            {
                ["--all", ..] => (options with { All = true }, 1),
                ["--follow" or "-f", ..] => (options with { Follow = true }, 1),
                ["--stats", ..] => (options with { Stats = true }, 1),
                ["--status", var value, ..] => (options with { Status = value }, 2),
                ["--name", var value, ..] => (options with { Name = value }, 2),
                ["--prefix", var value, ..] => (options with { Prefix = value }, 2),
                [['-', ..] unknown, ..] => throw Unknown(unknown),
                [var id, ..] => (options with { Id = id }, 1),
                [] => (options, 0),
            };
            arguments = arguments[taken..];
        }
        return options;
    }

    private static DemoException Unknown(string argument) => new(
        $"./dev runs does not know '{argument}', or it lacks its value. It takes "
        + "[ID] [--follow] [--all] [--status S,…] [--name PART] [--prefix ID] [--stats].");
}
