namespace Assay.Faults;

/// <summary>
/// How much the fault tests do: little by default, and as much as was promised with <c>ASSAY_FAULTS=full</c>.
/// <c>ASSAY_FAULTS_SEED</c> repeats the random moments of an earlier run, as far as processes repeat anything.
/// </summary>
internal static class FaultSize
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("ASSAY_FAULTS") == "full";

    public static int Orchestrations => Full ? 1_000 : 150;

    public static int Kills => Full ? 100 : 10;

    /// <summary>Times that the database server ends without order.</summary>
    public static int DatabaseRounds => Full ? 10 : 2;

    /// <summary>Times that every connection is cut.</summary>
    public static int Cuts => Full ? 200 : 20;

    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("ASSAY_FAULTS_SEED"), out var seed)
            ? seed
            : Random.Shared.Next();
}
