using System.Collections.Frozen;

namespace Assay;

/// <summary>
/// Reading ease by the formula of each language, from words per sentence (s) and syllables per word (w):
/// <code>
/// en  206.835 − 1.015 s − 84.6 w   Flesch, 1948; grade 0.39 s + 11.8 w − 15.59, Kincaid et al., 1975
/// de  180 − s − 58.5 w             Amstad, 1978
/// fr  207 − 1.015 s − 73.6 w       Kandel and Moles, 1958
/// es  206.84 − 1.02 s − 60 w       Fernández Huerta, 1959
/// it  217 − 1.3 s − 60 w           Franchina and Vacca, 1972
/// nl  206.84 − 0.93 s − 77 w       Douma, 1960
/// pt  248.835 − 1.015 s − 84.6 w   Martins et al., 1996
/// ru  206.835 − 1.3 s − 60.1 w     Oborneva, 2006
/// </code>
/// Syllables are counted as groups of vowels, which is close for all of these.
/// </summary>
/// <param name="Ease">Higher is easier; 0–100 for ordinary text, cut at −100 and 120.</param>
/// <param name="Grade">US school grade, at least 0; English only.</param>
internal sealed record Readability(double Ease, double? Grade)
{
    private static readonly FrozenDictionary<string, (double Base, double Sentence, double Word)> Formulas =
        new Dictionary<string, (double, double, double)>
        {
            ["en"] = (206.835, 1.015, 84.6),
            ["de"] = (180, 1, 58.5),
            ["fr"] = (207, 1.015, 73.6),
            ["es"] = (206.84, 1.02, 60),
            ["it"] = (217, 1.3, 60),
            ["nl"] = (206.84, 0.93, 77),
            ["pt"] = (248.835, 1.015, 84.6),
            ["ru"] = (206.835, 1.3, 60.1),
        }.ToFrozenDictionary();

    /// <summary>Null where the language has no formula, and for text without a sentence.</summary>
    public static Readability? Of(PromptText prompt)
    {
        var words = Words.In(prompt.Prose);
        if (words.Count == 0 || prompt.Sentences.Count == 0
            || !Formulas.TryGetValue(prompt.Detected.Code, out var formula))
            return null;

        var perSentence = words.Count / (double)prompt.Sentences.Count;
        var syllables = words.Sum(
            word => Syllables.In(prompt.Prose.AsSpan(word.Start, word.Length), prompt.Detected.Code));
        var perWord = syllables / (double)words.Count;
        var ease = formula.Base - formula.Sentence * perSentence - formula.Word * perWord;
        double? grade = prompt.Detected.Code == "en"
            ? Math.Round(Math.Max(0, 0.39 * perSentence + 11.8 * perWord - 15.59), 1)
            : null;
        return new(Math.Round(Math.Clamp(ease, -100, 120), 1), grade);
    }
}
