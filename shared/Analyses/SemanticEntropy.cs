namespace Assay;

/// <summary>
/// Uncertainty of a model about the meaning of its answer, over sampled answers.
/// <code>
/// H = − Σ p(c) ln p(c),   p(c) = |c| / n
/// </code>
/// the discrete semantic entropy of Farquhar et al., "Detecting hallucinations in large language models using semantic
/// entropy", Nature 630 (2024); clustering after Kuhn et al., "Semantic Uncertainty", ICLR 2023: an answer joins the
/// first cluster whose first member it equals in both directions. They ask a model whether one answer entails the
/// other; here a covers b when each sentence of b has a similar one in a, by the cosine of their embeddings.
/// </summary>
internal static class SemanticEntropy
{
    /// <summary>Mean cosine from which a text counts as covered.</summary>
    public const double CoverageMin = 0.8;

    /// <param name="answers">Each answer as the embeddings of its sentences, at least one.</param>
    /// <returns>Sizes of the clusters, largest first.</returns>
    public static IReadOnlyList<int> Cluster(IReadOnlyList<IReadOnlyList<ReadOnlyMemory<float>>> answers)
    {
        var clusters = new List<(IReadOnlyList<ReadOnlyMemory<float>> First, int Size)>();
        foreach (var answer in answers)
        {
            var index = clusters.FindIndex(cluster =>
                Coverage(cluster.First, answer) >= CoverageMin && Coverage(answer, cluster.First) >= CoverageMin);
            if (index < 0)
                clusters.Add((answer, 1));
            else
                clusters[index] = (clusters[index].First, clusters[index].Size + 1);
        }

        return [.. clusters.Select(cluster => cluster.Size).OrderDescending()];
    }

    /// <returns>In nats.</returns>
    public static double Of(IReadOnlyList<int> clusters)
    {
        double samples = clusters.Sum();
        var entropy = -clusters.Sum(size => size / samples * Math.Log(size / samples));
        // One cluster gives minus zero.
        return Math.Round(Math.Max(0, entropy), 6);
    }

    private static double Coverage(
        IReadOnlyList<ReadOnlyMemory<float>> covering, IReadOnlyList<ReadOnlyMemory<float>> covered) =>
        covered.Average(sentence => covering.Max(other => Cosine(sentence.Span, other.Span)));

    private static double Cosine(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        double product = 0, ones = 0, others = 0;
        for (var index = 0; index < one.Length; index++)
        {
            product += one[index] * other[index];
            ones += one[index] * one[index];
            others += other[index] * other[index];
        }

        return ones == 0 || others == 0 ? 0 : product / Math.Sqrt(ones * others);
    }
}
