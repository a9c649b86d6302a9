namespace Assay;

/// <summary>
/// Multinomial logistic regression. Before it has learned anything, an intent is told by its own patterns and keywords
/// alone; learning starts from there, and a penalty keeps it near. The same inputs give the same weights.
/// </summary>
internal sealed class IntentWeights
{
    private const int Rounds = 60;
    private const double Rate = 6.5;
    private const double Decay = 0.01;
    private const double PatternPrior = 1;
    private const double KeywordPrior = 0.5;

    private readonly Dictionary<string, int> columns = [];
    private readonly double[][] weights;

    public IntentWeights(
        IReadOnlyList<string> intents,
        IReadOnlyList<(string Intent, IReadOnlyList<(string Name, double Weight)> Features)> inputs)
    {
        foreach (var (name, _) in inputs.SelectMany(input => input.Features))
            columns.TryAdd(name, columns.Count);
        foreach (var (pattern, keyword) in intents.Select(IntentFeatures.Of))
        {
            columns.TryAdd(pattern, columns.Count);
            columns.TryAdd(keyword, columns.Count);
        }

        var priors = intents.Select(Prior).ToArray();
        weights = [.. priors.Select(row => (double[])row.Clone())];
        var keys = intents.ToList();
        var rows = inputs.Select(input => (keys.IndexOf(input.Intent), Columns(input.Features))).ToArray();
        for (var round = 0; round < Rounds; round++)
            Learn(rows, priors);
    }

    /// <summary>How probable each intent is, in their order; they add up to 1.</summary>
    public double[] Probabilities(IReadOnlyList<(string Name, double Weight)> features) => Softmax(Columns(features));

    private double[] Prior(string intent)
    {
        var row = new double[columns.Count];
        var (pattern, keyword) = IntentFeatures.Of(intent);
        row[columns[pattern]] = PatternPrior;
        row[columns[keyword]] = KeywordPrior;
        return row;
    }

    private void Learn((int Intent, (int Column, double Weight)[] Features)[] inputs, double[][] priors)
    {
        var gradients = weights.Select(row => new double[row.Length]).ToArray();
        foreach (var (intent, features) in inputs)
        {
            var probabilities = Softmax(features);
            probabilities[intent] -= 1;
            for (var row = 0; row < gradients.Length; row++)
                foreach (var (column, weight) in features)
                    gradients[row][column] += probabilities[row] * weight;
        }

        for (var row = 0; row < weights.Length; row++)
            for (var column = 0; column < weights[row].Length; column++)
                weights[row][column] -= Rate * gradients[row][column] / inputs.Length
                    + Decay * (weights[row][column] - priors[row][column]);
    }

    // Words that were never seen say nothing.
    private (int Column, double Weight)[] Columns(IReadOnlyList<(string Name, double Weight)> features) =>
    [
        .. features.Where(feature => columns.ContainsKey(feature.Name))
            .Select(feature => (columns[feature.Name], feature.Weight)),
    ];

    private double[] Softmax((int Column, double Weight)[] features)
    {
        var scores = new double[weights.Length];
        for (var row = 0; row < scores.Length; row++)
            foreach (var (column, weight) in features)
                scores[row] += weights[row][column] * weight;

        var most = scores.Max();
        var exponents = Array.ConvertAll(scores, score => Math.Exp(score - most));
        var sum = exponents.Sum();
        return Array.ConvertAll(exponents, exponent => exponent / sum);
    }
}
