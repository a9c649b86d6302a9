using System.Text;

namespace Assay;

/// <param name="Code">ISO 639-1, or <c>und</c> when the text is too short or too mixed to tell.</param>
/// <param name="Confidence">0–1.</param>
public sealed record DetectedLanguage(string Code, double Confidence)
{
    public static readonly DetectedLanguage Undetermined = new("und", 0);
}

/// <summary>
/// Script first, then trigrams: a script that one language owns decides by itself; Latin, Cyrillic and Arabic text is
/// compared with the trigram profiles of the languages written in it (<see cref="LanguageProfile"/>).
/// </summary>
internal static class LanguageDetector
{
    /// <summary>Enough for a stable answer; the rest of a long prompt is not read.</summary>
    private const int LettersMax = 20_000;

    private const int LettersMin = 12;
    private const int IdeographsMin = 2;
    private const double ConfidenceMin = 0.5;

    public static DetectedLanguage Detect(string text)
    {
        var counts = CountScripts(text, out var letters);
        if (letters == 0)
            return DetectedLanguage.Undetermined;

        var japanese = counts[(int)Script.Hiragana] + counts[(int)Script.Katakana];
        var eastAsian = japanese + counts[(int)Script.Han];
        // An ideograph says as much as a word does in an alphabet, so it outweighs single letters.
        if (eastAsian >= IdeographsMin && eastAsian * 3 > letters - eastAsian)
            return new(japanese * 10 > eastAsian ? "ja" : "zh", Share(eastAsian * 3, letters + eastAsian * 2));

        var script = (Script)Array.IndexOf(counts, counts.Max());
        var share = Share(counts[(int)script], letters);
        return OwnedBy(script) is { } code
            ? counts[(int)script] >= IdeographsMin ? new(code, share) : DetectedLanguage.Undetermined
            : FromTrigrams(text, script, counts[(int)script], share);
    }

    private static DetectedLanguage FromTrigrams(string text, Script script, int letters, double share)
    {
        var profiles = LanguageProfile.WrittenIn(script);
        if (letters < LettersMin || profiles.Count == 0)
            return DetectedLanguage.Undetermined;

        var trigrams = LanguageProfile.TrigramsOf(text, script, LettersMax);
        var scores = profiles.Select(profile => profile.LogLikelihood(trigrams)).ToArray();
        // Neighbouring trigrams are not independent, and the likelihood of a long text would make any answer look
        // certain; so the odds are those of at most 40 trigrams like these.
        var scale = Math.Min(trigrams.Count, 40) / (double)Math.Max(trigrams.Count, 1);
        var best = scores.Max();
        var total = scores.Sum(score => Math.Exp((score - best) * scale));
        var confidence = Math.Round(share / total, 3);
        return confidence < ConfidenceMin
            ? DetectedLanguage.Undetermined
            : new(profiles[Array.IndexOf(scores, best)].Code, confidence);
    }

    private static int[] CountScripts(string text, out int letters)
    {
        var counts = new int[(int)Script.Han + 1];
        letters = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Scripts.Of(rune) is not Script.None and var script)
            {
                counts[(int)script]++;
                if (++letters == LettersMax)
                    break;
            }
        }

        return counts;
    }

    private static string? OwnedBy(Script script) => script switch
    {
        Script.Greek => "el",
        Script.Hebrew => "he",
        Script.Devanagari => "hi",
        Script.Bengali => "bn",
        Script.Tamil => "ta",
        Script.Telugu => "te",
        Script.Thai => "th",
        Script.Georgian => "ka",
        Script.Armenian => "hy",
        Script.Hangul => "ko",
        _ => null,
    };

    private static double Share(int part, int whole) => Math.Round(part / (double)whole, 3);
}
