using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Text from outside that is put in without delimiters can pass for instructions. Values that the author chooses
/// (a language, a tone, a name) are left alone: only names that stand for someone's text count.
/// </summary>
internal sealed partial class InjectionProneInterpolationRule() : LintRule(
    "injection-prone-interpolation", Severity.Warning, "Outside text is inserted without delimiters around it")
{
    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        var fence = 0;
        var tags = new TagsBefore(prompt.Text);
        foreach (var placeholder in prompt.Placeholders)
        {
            while (fence < prompt.Fences.Count && prompt.Fences[fence].Span.End <= placeholder.Span.Start)
                fence++;
            var isFenced = fence < prompt.Fences.Count && prompt.Fences[fence].Span.Contains(placeholder.Span.Start);
            if (isFenced || !OutsideText().IsMatch(placeholder.Name) || IsDelimited(prompt, placeholder.Span, tags))
                continue;

            var tag = NotTagCharacter().Replace(placeholder.Name, "_").ToLowerInvariant();
            var value = placeholder.Span.In(prompt.Text);
            var fills = FillsLine(prompt.Text, placeholder.Span);
            yield return Found(
                prompt, placeholder.Span,
                $"Whatever “{placeholder.Name}” holds can pass for instructions; put it between delimiters.",
                Change(
                    placeholder.Span,
                    fills ? $"<{tag}>\n{value}\n</{tag}>" : $"<{tag}>{value}</{tag}>",
                    $"Wrap the value in <{tag}> tags."));
        }
    }

    private static bool IsDelimited(PromptText prompt, TextSpan span, TagsBefore tags)
    {
        var before = prompt.Text.AsSpan(0, span.Start).TrimEnd();
        var after = prompt.Text.AsSpan(span.End).TrimStart();
        if (before.IsEmpty || after.IsEmpty)
            return false;

        return (before[^1], after[0]) switch
        {
            ('"', '"') or ('\'', '\'') or ('`', '`') or ('“', '”') or ('«', '»') or ('[', ']') or ('(', ')') => true,
            ('>', '<') => after.Length > 1 && after[1] == '/',
            ('-', '-') => before.EndsWith("---") && after.StartsWith("---"),
            ('=', '=') => before.EndsWith("===") && after.StartsWith("==="),
            ('#', '#') => before.EndsWith("###") && after.StartsWith("###"),
            ('*', '*') => before.EndsWith("***") && after.StartsWith("***"),
            _ => IsInsideTag(prompt.Text, span, tags),
        };
    }

    /// <summary>
    /// Between a tag and its closing tag with other words around, as in a tagged section with two values.
    /// </summary>
    private static bool IsInsideTag(string text, TextSpan span, TagsBefore tags)
    {
        const int distanceMax = 2_000;
        if (tags.LastBefore(span.Start) is not { } tag
            || tag.Index < span.Start - distanceMax || tag.Groups["close"].Success)
            return false;

        var length = Math.Min(distanceMax, text.Length - span.End);
        return text.AsSpan(span.End, length)
            .Contains($"</{tag.Groups["name"].Value}>", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Goes through the tags of a text once, for places that are asked about in order.</summary>
    private sealed class TagsBefore(string text)
    {
        private Match? last;
        private Match? next;

        public Match? LastBefore(int position)
        {
            next ??= Tag().Match(text);
            for (; next.Success && next.Index + next.Length <= position; next = next.NextMatch())
                last = next;
            return last;
        }
    }

    private static bool FillsLine(string text, TextSpan span)
    {
        var line = Lines.Whole(text, span);
        return text.AsSpan(line.Start, span.Start - line.Start).IsWhiteSpace()
            && text.AsSpan(span.End, line.End - span.End).IsWhiteSpace();
    }

    [GeneratedRegex(
        @"(?:^|[_.\-])(?:(?:user|customer|client|raw|source|input)[_.\-]?)?"
        + @"(?:text|input|message|messages|query|question|prompt|content|contents|document|documents|doc|articles?"
        + @"|emails?|reviews?|comment|comments|transcripts?|conversation|history|body|data|passage|feedback|page|html"
        + @"|code|snippet|ticket|essay|story|chat|request|answer|response|context|notes|paragraph)$",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex OutsideText();

    [GeneratedRegex(@"[^A-Za-z0-9_\-]", Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex NotTagCharacter();

    [GeneratedRegex(
        @"<(?<close>/)?(?<name>[A-Za-z][\w\-]{0,63})(?:\s[^<>]{0,200})?>", Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex Tag();
}
