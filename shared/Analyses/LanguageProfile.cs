using System.Collections.Frozen;
using System.Text;

namespace Assay;

/// <summary>
/// Trigram frequencies of one language, counted at first use from the embedded <c>Languages/{code}.txt</c>: a paragraph
/// written for Assay in the manner of prompts, then the opening articles of the Universal Declaration of Human Rights.
/// A trigram that the text lacks has the probability of half an occurrence.
/// </summary>
internal sealed class LanguageProfile
{
    private static readonly FrozenDictionary<Script, LanguageProfile[]> ByScript = new Dictionary<Script, string>
    {
        [Script.Latin] = "en de fr es it pt nl pl tr sv da nb cs fi ro hu vi id",
        [Script.Cyrillic] = "ru uk bg sr",
        [Script.Arabic] = "ar fa ur",
    }.ToFrozenDictionary(
        pair => pair.Key, pair => pair.Value.Split(' ').Select(code => new LanguageProfile(code, pair.Key)).ToArray());

    private readonly Dictionary<ulong, double> logProbabilities;
    private readonly double logUnseen;

    private LanguageProfile(string code, Script script)
    {
        Code = code;
        var counts = new Dictionary<ulong, int>();
        var trigrams = TrigramsOf(ReadSample(code), script, int.MaxValue);
        foreach (var trigram in trigrams)
            counts[trigram] = counts.GetValueOrDefault(trigram) + 1;

        logUnseen = Math.Log(0.5 / trigrams.Count);
        logProbabilities = counts.ToDictionary(pair => pair.Key, pair => Math.Log(pair.Value / (double)trigrams.Count));
    }

    public string Code { get; }

    public static IReadOnlyList<LanguageProfile> WrittenIn(Script script) =>
        ByScript.TryGetValue(script, out var profiles) ? profiles : [];

    public double LogLikelihood(IReadOnlyList<ulong> trigrams)
    {
        var sum = 0.0;
        foreach (var trigram in trigrams)
            sum += logProbabilities.GetValueOrDefault(trigram, logUnseen);

        return sum;
    }

    /// <summary>Lower-case letters of the script by threes; anything between words counts as one space.</summary>
    public static List<ulong> TrigramsOf(string text, Script script, int lettersMax)
    {
        var trigrams = new List<ulong>(Math.Min(text.Length, lettersMax));
        ulong window = ' ';
        var length = 1;
        var letters = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var symbol = Scripts.Of(rune) == script ? (ulong)Rune.ToLowerInvariant(rune).Value : ' ';
            if (symbol == ' ' && (window & 0x1FFFFF) == ' ')
                continue;

            window = ((window << 21) | symbol) & 0x7FFF_FFFF_FFFF_FFFF;
            if (++length >= 3)
                trigrams.Add(window);
            if (symbol != ' ' && ++letters == lettersMax)
                break;
        }

        return trigrams;
    }

    private static string ReadSample(string code)
    {
        var name = $"Assay.Languages.{code}.txt";
        using var stream = typeof(LanguageProfile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is not embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
