using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// A code fence, a placeholder, a triple quote or a tag on its own line that is opened and never closed.
/// </summary>
internal sealed partial class UnclosedDelimiterRule() : LintRule(
    "unclosed-delimiter", Severity.Error, "A fence, tag, triple quote or placeholder that is opened and never closed")
{
    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        foreach (Match match in OpenPlaceholder().Matches(prompt.Text))
        {
            var name = match.Groups["name"];
            yield return Found(
                prompt, match.Span(), "The placeholder lacks its closing braces.",
                Change(match.Span(), $"{{{{{name.Value}}}}}", "Close the placeholder."));
        }

        // A tag or quote left open before a fence that is left open may well be code inside it.
        if (prompt.Fences is [.., { Closed: false } fence])
        {
            yield return Found(
                prompt, LineOf(prompt.Text, fence.Span), "The code block is never closed.",
                Change(TextSpan.At(prompt.Text.Length), Closing(prompt.Text, fence.Mark), "Close the code block."));
            yield break;
        }

        foreach (var tag in OpenTags(prompt))
            yield return Found(
                prompt, tag.Span(), $"<{tag.Groups["name"].Value}> is never closed.",
                Change(
                    TextSpan.At(prompt.Text.Length), Closing(prompt.Text, $"</{tag.Groups["name"].Value}>"),
                    "Close the tag; move the end to where the section ends."));

        if (OpenQuote(prompt) is { } quote)
            yield return Found(
                prompt, quote, "The triple quote is never closed.",
                Change(TextSpan.At(prompt.Text.Length), Closing(prompt.Text, "\"\"\""), "Close the quotation."));
    }

    /// <summary>Innermost first, which is the order to close them in.</summary>
    private static IEnumerable<Match> OpenTags(PromptText prompt)
    {
        var open = new List<Match>();
        var fence = 0;
        foreach (Match tag in TagLine().Matches(prompt.Text))
        {
            while (fence < prompt.Fences.Count && prompt.Fences[fence].Span.End <= tag.Index)
                fence++;
            if (fence < prompt.Fences.Count && prompt.Fences[fence].Span.Contains(tag.Index))
                continue;

            if (!tag.Groups["close"].Success)
                open.Add(tag);
            else if (open.FindLastIndex(other => other.Groups["name"].Value == tag.Groups["name"].Value)
                is >= 0 and var index)
                open.RemoveAt(index);

            // Nothing nests this deep on purpose; the search above stays short.
            if (open.Count > Linter.FindingsPerRuleMax)
                break;
        }

        // A tag that is closed in the middle of a line was not seen above.
        return open
            .Where(tag => !prompt.Text.AsSpan(tag.Index + tag.Length)
                .Contains($"</{tag.Groups["name"].Value}>", StringComparison.Ordinal))
            .Reverse();
    }

    private static TextSpan? OpenQuote(PromptText prompt)
    {
        var (count, last) = (0, TextSpan.At(0));
        foreach (var quote in TripleQuote().EnumerateMatches(prompt.Text))
            (count, last) = (count + 1, new(quote.Index, quote.Index + quote.Length));
        return count % 2 == 1 ? last : null;
    }

    private static TextSpan LineOf(string text, TextSpan span)
    {
        var end = text.IndexOf('\n', span.Start);
        return new(span.Start, end < 0 ? text.Length : end);
    }

    private static string Closing(string text, string mark) => text.EndsWith('\n') ? mark : $"\n{mark}";

    [GeneratedRegex(
        @"\{\{[ ]?(?<name>[A-Za-z_]\w{0,63})(?![\w.\-])\}?(?!\}|[^\n{}]{0,200}\}\})",
        Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex OpenPlaceholder();

    [GeneratedRegex(
        @"^[ \t]{0,8}<(?<close>/)?(?<name>(?!(?:br|hr|img|p|li|input|meta|link)\b)[A-Za-z][\w\-]{1,40})>[ \t]*\r?$",
        RegexOptions.CultureInvariant | RegexOptions.Multiline, Patterns.Timeout)]
    private static partial Regex TagLine();

    [GeneratedRegex("(?<!\")\"{3}(?!\")", Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex TripleQuote();
}
