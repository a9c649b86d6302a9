using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Recognises English instructions: imperatives, and sentences with must, should, always, never and the like.
/// </summary>
internal static partial class InstructionReader
{
    public static IReadOnlyList<Instruction> Read(PromptText prompt)
    {
        var instructions = new List<Instruction>();
        foreach (var sentence in prompt.Sentences)
        {
            if (!sentence.IsHeading && Read(prompt.Prose, sentence) is { } instruction)
                instructions.Add(instruction);
        }

        return instructions;
    }

    private static Instruction? Read(string prose, Sentence sentence)
    {
        var words = Words.In(prose.AsSpan(sentence.Span.Start, sentence.Span.Length), sentence.Span.Start)
            .ConvertAll(span => span.In(prose).ToLowerInvariant().Replace('’', '\''));
        if (words.Count < 2
            || (prose[sentence.Span.End - 1] == '?' && words[0] is not ("can" or "could" or "would" or "will")))
            return null;

        var verb = FindVerb(words, prose.AsSpan(sentence.Span.Start, sentence.Span.Length), out var polarity);
        if (verb < 0)
            return null;

        var content = new List<string>();
        for (var index = verb + 1; index < words.Count; index++)
        {
            if (!EnglishWords.Stop.Contains(words[index]))
                content.Add(EnglishWords.Stem(words[index]));
        }

        var isConditional = Condition().IsMatch(prose.AsSpan(sentence.Span.Start, sentence.Span.Length));
        return new(
            sentence.Span, sentence.Block, polarity, EnglishWords.VerbClass(words[verb]), content, isConditional);
    }

    /// <summary>Index of the verb that is asked for, or -1 when the sentence asks for nothing.</summary>
    private static int FindVerb(List<string> words, ReadOnlySpan<char> sentence, out Polarity polarity)
    {
        polarity = Polarity.Do;
        var obliged = false;
        var index = Math.Max(LabelWords(words, sentence), IntroductoryWords(words, sentence));
        for (; index < words.Count; index++)
        {
            switch (words[index])
            {
                case "never" or "don't" or "cannot" or "can't" or "mustn't" or "shouldn't":
                    polarity = Polarity.DoNot;
                    obliged = true;
                    break;
                case "not" when obliged || (index > 0 && words[index - 1] == "do"):
                    polarity = Polarity.DoNot;
                    obliged = true;
                    break;
                case "must" or "should" or "always" or "shall" or "ensure" or "remember":
                    obliged = true;
                    break;
                case "need" or "have" when index > 0 && words[index - 1] == "you" && Next(words, index) == "to":
                    obliged = true;
                    break;
                case "make" or "be" when Next(words, index) == "sure":
                    obliged = true;
                    index++;
                    break;
                case "avoid":
                    polarity = Polarity.DoNot;
                    return NounOrVerbAfterAvoid(words, index);
                case var word when EnglishWords.LeadIn.Contains(word):
                    break;
                case var word when EnglishWords.Imperative.Contains(word):
                    return index;
                default:
                    return obliged && index + 1 < words.Count && !EnglishWords.Stop.Contains(words[index])
                        ? index
                        : FindObligation(words, index, ref polarity);
            }
        }

        return -1;
    }

    /// <summary>"The answer must be short": the obligation stands after a subject.</summary>
    private static int FindObligation(List<string> words, int from, ref Polarity polarity)
    {
        const int subjectWordsMax = 8;
        var end = Math.Min(words.Count - 1, from + subjectWordsMax);
        for (var index = from; index < end; index++)
        {
            if (words[index] is not ("must" or "should" or "shall" or "mustn't" or "shouldn't"))
                continue;

            var isNegated = words[index].EndsWith("n't", StringComparison.Ordinal)
                || words[index + 1] is "not" or "never";
            polarity = isNegated ? Polarity.DoNot : Polarity.Do;
            var verb = index + (words[index + 1] is "not" or "never" or "always" or "only" ? 2 : 1);
            return verb < words.Count ? verb : -1;
        }

        return -1;
    }

    /// <summary>"Avoid using emojis" forbids what "avoid emojis" forbids.</summary>
    private static int NounOrVerbAfterAvoid(List<string> words, int avoid) =>
        avoid + 1 < words.Count && words[avoid + 1].EndsWith("ing", StringComparison.Ordinal) ? avoid + 1 : avoid;

    /// <summary>Words of a leading label ("Task: …", "Step 2: …"), which are no part of the instruction.</summary>
    private static int LabelWords(List<string> words, ReadOnlySpan<char> sentence)
    {
        var colon = sentence.IndexOf(':');
        if (colon is < 0 or > 40)
            return 0;

        var label = Words.In(sentence[..colon]).Count;
        return label <= 3 && label < words.Count && !EnglishWords.Imperative.Contains(words[0]) ? label : 0;
    }

    /// <summary>
    /// Words of an opening clause ("As an editor, …", "Based on the notes, …"), after which the verb comes.
    /// </summary>
    private static int IntroductoryWords(List<string> words, ReadOnlySpan<char> sentence)
    {
        if (words[0] is not ("as" or "based" or "given" or "using" or "with" or "for" or "in" or "from" or "after"
            or "before" or "if" or "when" or "whenever" or "once" or "unless" or "to" or "while"))
            return 0;

        var comma = sentence.IndexOf(',');
        return comma is < 0 or > 160 ? 0 : Words.In(sentence[..comma]).Count;
    }

    private static string? Next(List<string> words, int index) => index + 1 < words.Count ? words[index + 1] : null;

    [GeneratedRegex(
        @"\b(?:if|when|whenever|unless|otherwise|except|depending|in case|in cases"
        + @"|where (?:applicable|relevant|necessary))\b"
        + @"|^for (?:\w+ ){1,3}(?:questions?|requests?|topics?|cases?|users?|tasks?|inputs?)\b",
        Patterns.Options, Patterns.Timeout)]
    internal static partial Regex Condition();
}
