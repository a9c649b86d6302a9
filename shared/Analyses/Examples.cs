using System.Text.RegularExpressions;

namespace Assay;

/// <summary>One worked example in a few-shot prompt.</summary>
internal sealed record Example(TextSpan Span, TextSpan Input, TextSpan Output);

/// <summary>Finds pairs of labelled lines (Input/Output, Q/A, User/Assistant, …) and arrows (<c>x -> y</c>).</summary>
internal static partial class Examples
{
    /// <summary>Two pairs make a series of examples; a single one may be the template of the answer.</summary>
    private const int PairsMin = 2;

    /// <summary>Longer than any line that the pattern matches.</summary>
    private const int LineLengthMax = 5_000;

    public static IReadOnlyList<Example> In(string text)
    {
        var pairs = new List<Example>();
        Match? input = null;
        foreach (var line in LabelledLines(text))
        {
            if (line.Groups["in"].Success)
            {
                input = line;
            }
            else if (line.Groups["out"].Success && input is { } before)
            {
                var question = new TextSpan(before.Groups["value"].Index, line.Index).Trim(text);
                var answer = line.Groups["value"].Span().Trim(text);
                if (question.Length > 0 && answer.Length > 0)
                    pairs.Add(new(new(before.Index, answer.End), question, answer));
                input = null;
            }
            else if (line.Groups["arrow"].Success)
            {
                pairs.Add(new(
                    line.Span(), line.Groups["left"].Span().Trim(text), line.Groups["right"].Span().Trim(text)));
            }
        }

        return pairs.Count >= PairsMin ? pairs : [];
    }

    /// <summary>Line by line: over the whole text, each place would be looked from for the next line.</summary>
    private static IEnumerable<Match> LabelledLines(string text) =>
        Lines.In(text)
            .Where(line => line.Length <= LineLengthMax)
            .Select(line => LabelledLine().Match(text, line.Start, line.Length))
            .Where(match => match.Success);

    [GeneratedRegex(
        """
        ^[ \t>*\-\d.]{0,8}
        (?:(?:\*\*)?(?:(?<in>input|question|query|q|user|human|customer|text|prompt|request|example\s\d{1,2})
            |(?<out>output|answer|a|assistant|ai|bot|agent|label|response|sentiment|result|reply))
            (?:\s\d{1,3})?(?:\*\*)?\s?[::](?:\*\*)?(?<value>[^\n]{0,4000})
        |(?<arrow>(?<left>[^\n>\-=→]{1,200})(?:->|=>|→)(?<right>[^\n>→]{1,200})))$
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex LabelledLine();
}
