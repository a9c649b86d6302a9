namespace Assay;

/// <param name="Topic">The rule or the kind of contradiction that raises it.</param>
/// <param name="Span">What it is about; null for the prompt as a whole.</param>
public sealed record ClarifyingQuestion(string Topic, string Question, TextSpan? Span)
{
    public static ClarifyingQuestion Example => new(
        "length", "Which holds: “Keep the answer short.” or “Explain it in full detail.”?", new(97, 123));
}

/// <summary>What to ask the author: what only the author can decide, the most consequential first.</summary>
internal static class ClarifyingQuestions
{
    public const int QuestionsMax = 7;

    public static IReadOnlyList<ClarifyingQuestion> For(
        IReadOnlyList<Finding> findings, IReadOnlyList<Contradiction> contradictions)
    {
        var questions = contradictions
            .Select(pair => new ClarifyingQuestion(
                pair.Kind, $"Which holds: “{Short(pair.FirstQuote)}” or “{Short(pair.SecondQuote)}”?", pair.Second))
            .Concat(findings
                .OrderByDescending(finding => finding.Severity)
                .ThenBy(finding => finding.Span.Start)
                .Select(Ask)
                .OfType<ClarifyingQuestion>());
        return [.. questions.DistinctBy(question => question.Question).Take(QuestionsMax)];
    }

    private static ClarifyingQuestion? Ask(Finding finding)
    {
        var quote = Short(finding.Quote);
        var question = finding.Rule switch
        {
            "undefined-variable" => $"What is {quote}, and where does its value come from?",
            "leftover-placeholder" => $"What should stand in place of “{quote}”?",
            "contradictory-examples" => "Two examples give different outputs for one input: which is right?",
            "missing-output-format" => "What should the answer look like: which format, which parts, how long?",
            "missing-role" => "Who is going to read the answer, and what for?",
            "ambiguous-reference" => $"What does “{quote}” refer to?",
            "unbounded-list" => $"How many items should “{quote}” bring?",
            "vague-quantifier" => $"How many is “{quote}”?",
            "vague-goal" => $"How would you tell that “{quote}” has been met?",
            "open-enumeration" => $"What else does “{quote}” stand for?",
            "negation-only-instruction" => $"What should be done instead: “{quote}”?",
            "unused-variable" => $"Where should “{quote}” be used?",
            _ => null,
        };
        var isWhole = finding.Rule is "missing-output-format" or "missing-role";
        return question is null ? null : new(finding.Rule, question, isWhole ? null : finding.Span);
    }

    private static string Short(string quote)
    {
        const int lengthMax = 80;
        var line = SpacesFolded.Of(quote);
        if (line.Length <= lengthMax)
            return line;

        return $"{line[..(char.IsHighSurrogate(line[lengthMax - 1]) ? lengthMax - 1 : lengthMax)]}…";
    }
}
