namespace Assay;

/// <summary>
/// Tells what a text asks for: offline, the same every time, and for English. It learns when it is first asked, in some
/// milliseconds, and again when intents have changed.
/// </summary>
public sealed class IntentClassifier
{
    private Learned? learned;

    /// <summary>All intents, the most probable first; those that nothing tells apart are in their own order.</summary>
    public IReadOnlyList<RankedIntent> Rank(IReadOnlyList<Intent> intents, string text)
    {
        var model = Learn(intents);
        var probabilities = model.Weights.Probabilities(model.Features.In(text));
        return
        [
            .. intents
                .Select((intent, index) => new RankedIntent(
                    intent.Key, intent.Title, Math.Round(probabilities[index], 3),
                    model.Features.Because(intent.Key, text)))
                .OrderByDescending(intent => intent.Confidence),
        ];
    }

    // Two who come at once may both learn, and learn the same.
    private Learned Learn(IReadOnlyList<Intent> intents)
    {
        if (learned is { } known && known.Versions.SequenceEqual(Versions(intents)))
            return known;

        var features = new IntentFeatures(intents);
        var weights = new IntentWeights(
            [.. intents.Select(intent => intent.Key)],
            [
                .. LabelledInput.Half(odd: true).Where(input => intents.Any(intent => intent.Key == input.Intent))
                    .Select(input => (input.Intent, features.In(input.Text))),
            ]);
        return learned = new(features, weights, [.. Versions(intents)]);
    }

    private static IEnumerable<(string, DateTimeOffset)> Versions(IReadOnlyList<Intent> intents) =>
        intents.Select(intent => (intent.Key, intent.UpdatedAt));

    private sealed record Learned(
        IntentFeatures Features, IntentWeights Weights, (string Key, DateTimeOffset UpdatedAt)[] Versions);
}
