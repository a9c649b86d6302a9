namespace Assay.Bench;

/// <summary>Something that does rounds of work, warm, in processes of its own.</summary>
internal interface IContender : IAsyncDisposable
{
    Task<Round> RoundAsync(object work);
}

/// <summary>What a round of work came to.</summary>
/// <param name="Count">A number that shows that all of the work was done.</param>
/// <param name="Milliseconds">Of each item, where the round measures each.</param>
internal sealed record Round(int Count, double Seconds, IReadOnlyList<double>? Milliseconds = null);
