using System.Text.RegularExpressions;

namespace Assay;

internal enum PlaceholderSyntax { DoubleBrace, Brace, DollarBrace }

/// <summary>A place in a template that a value is put into: <c>{{name}}</c>, <c>{name}</c> or <c>${name}</c>.</summary>
internal sealed record Placeholder(TextSpan Span, string Name, PlaceholderSyntax Syntax)
{
    public static string Write(string name, PlaceholderSyntax syntax) => syntax switch
    {
        PlaceholderSyntax.DoubleBrace => $"{{{{{name}}}}}",
        PlaceholderSyntax.Brace => $"{{{name}}}",
        _ => $"${{{name}}}",
    };
}

internal static partial class Placeholders
{
    /// <summary>
    /// Double braces count everywhere. Single ones mean something else in code, so there they count only when they are
    /// all that the block holds.
    /// </summary>
    public static IReadOnlyList<Placeholder> In(string text, IReadOnlyList<TextSpan> code, IReadOnlyList<Fence> fences)
    {
        var placeholders = new List<Placeholder>();
        var (next, fence) = (0, 0);
        var filled = TextSpan.At(0);
        foreach (Match match in Pattern().Matches(text))
        {
            var span = match.Span();
            while (next < code.Count && code[next].End <= span.Start)
                next++;
            for (; fence < fences.Count && fences[fence].Span.Start <= span.Start; fence++)
                filled = fences[fence].Content.Trim(text);

            var syntax = match.Groups["double"].Success ? PlaceholderSyntax.DoubleBrace
                : match.Groups["dollar"].Success ? PlaceholderSyntax.DollarBrace
                : PlaceholderSyntax.Brace;
            var isInCode = next < code.Count && code[next].Overlaps(span);
            if (syntax == PlaceholderSyntax.DoubleBrace || !isInCode || filled == span)
            {
                var name = match.Groups["double"].Value + match.Groups["dollar"].Value + match.Groups["brace"].Value;
                placeholders.Add(new(span, name, syntax));
            }
        }

        return placeholders;
    }

    // Handlebars helpers (#if, /each, else) are no variables. A backslash or a word before a brace is TeX or code.
    [GeneratedRegex(
        """
        \{\{\s{0,4}(?![#/!>]|else\s{0,4}\})(?<double>[A-Za-z_][\w.\-]{0,63})\s{0,4}\}\}
        |\$\{(?<dollar>[A-Za-z_][\w.\-]{0,63})\}
        |(?<![\w\\{}$])\{(?<brace>[A-Za-z_][\w.\-]{0,63})\}(?!\})
        """,
        Patterns.ExactCase | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex Pattern();
}
