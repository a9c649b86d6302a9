namespace Assay;

/// <summary>
/// How much a model has to keep in mind to follow a prompt.
/// <code>
/// complexity = 10 · Σ weight · (1 − exp(−value / scale))
///
/// value                                        scale   weight
/// instructions and limits                       10      0.30
/// words                                        400      0.20
/// words per sentence beyond 8                   15      0.15
/// nesting: heading, list, XML and quote depth    3      0.15
/// distinct variables                             5      0.10
/// lexical diversity × words / 100                1.5    0.10
/// </code>
/// Each term rises steeply at first and never passes its weight, so that no single one decides; the scales are the
/// values at which a term reaches 63 %. The formula is Assay's own.
/// </summary>
internal sealed record ComplexityInputs(
    int Constraints, int Words, double WordsPerSentence, int Nesting, int Variables, double Diversity)
{
    public double Score => Math.Round(10 * (
        Term(Constraints, 10, 0.30)
        + Term(Words, 400, 0.20)
        + Term(Math.Max(0, WordsPerSentence - 8), 15, 0.15)
        + Term(Nesting, 3, 0.15)
        + Term(Variables, 5, 0.10)
        + Term(Diversity * Words / 100, 1.5, 0.10)), 2);

    public static ComplexityInputs Of(PromptText prompt, int words, double diversity)
    {
        // Outside English nothing knows instructions; list items and sentences stand in for them.
        var constraints = prompt.IsEnglish ? prompt.Instructions.Count : prompt.Sentences.Count(s => !s.IsHeading);
        var perSentence = prompt.Sentences.Count == 0 ? words : words / (double)prompt.Sentences.Count;
        var variables = prompt.Placeholders.Select(p => p.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count();
        return new(constraints, words, perSentence, NestingDepth.Of(prompt.Text), variables, diversity);
    }

    private static double Term(double value, double scale, double weight) => weight * (1 - Math.Exp(-value / scale));
}
