namespace Assay;

/// <param name="Entropy">In nats: 0 when all answers mean the same, ln(samples) when no two do.</param>
/// <param name="Clusters">Sizes of the groups of answers with one meaning, largest first.</param>
public sealed record EntropyResult(
    double Entropy, int Samples, IReadOnlyList<int> Clusters, string Model, string Embedder);
