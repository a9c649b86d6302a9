namespace Assay.Bench;

/// <summary>One section of the results. It starts what it needs and leaves nothing behind.</summary>
internal interface IBenchmark
{
    /// <summary>What <c>./dev bench</c> takes to run this section alone.</summary>
    string Name { get; }

    Task<IReadOnlyList<Table>> RunAsync();
}
