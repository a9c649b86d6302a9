namespace Assay;

public sealed class SemanticEntropyTests
{
    private static readonly float[] East = [1, 0, 0];
    private static readonly float[] North = [0, 1, 0];
    private static readonly float[] Up = [0, 0, 1];
    private static readonly float[] AlmostEast = [0.95f, 0.2f, 0];

    [Fact]
    public void Answers_that_mean_the_same_have_no_entropy()
    {
        var clusters = SemanticEntropy.Cluster([[East], [AlmostEast], [East]]);

        Assert.Equal([3], clusters);
        Assert.Equal(0, SemanticEntropy.Of(clusters));
    }

    [Fact]
    public void Answers_that_all_differ_have_the_logarithm_of_their_number()
    {
        var clusters = SemanticEntropy.Cluster([[East], [North], [Up]]);

        Assert.Equal([1, 1, 1], clusters);
        Assert.Equal(Math.Log(3), SemanticEntropy.Of(clusters), precision: 6);
    }

    [Fact]
    public void Entropy_follows_the_formula() =>
        Assert.Equal(-(0.75 * Math.Log(0.75) + 0.25 * Math.Log(0.25)), SemanticEntropy.Of([3, 1]), precision: 6);

    /// <summary>One that says more covers the other, but is not covered by it.</summary>
    [Fact]
    public void Similarity_in_one_direction_is_not_enough() =>
        Assert.Equal([1, 1], SemanticEntropy.Cluster([[East], [East, North]]));

    [Fact]
    public void An_answer_without_meaning_equals_nothing() =>
        Assert.Equal([1, 1], SemanticEntropy.Cluster([[new float[3]], [new float[3]]]));
}
