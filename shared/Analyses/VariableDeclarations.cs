using System.Text.RegularExpressions;

namespace Assay;

/// <param name="Line">The whole line of the declaration, line end included.</param>
internal sealed record VariableDeclaration(string Name, TextSpan Span, TextSpan Line);

/// <summary>
/// Reads the list of variables that some templates carry: a "Variables:" line or heading followed by a list, or by
/// names on the same line. Inputs, parameters and placeholders are other names for it.
/// </summary>
internal static partial class VariableDeclarations
{
    public static IReadOnlyList<VariableDeclaration> In(PromptText prompt)
    {
        // A list of fields is no list of template variables when nothing is put in anywhere.
        if (prompt.Placeholders.Count == 0)
            return [];

        var declarations = new List<VariableDeclaration>();
        var read = 0;
        foreach (Match header in Header().Matches(prompt.Text))
        {
            // What reads like a header within a list is one of its items.
            if (header.Index < read)
                continue;

            var inline = header.Groups["inline"];
            if (inline.Value.AsSpan().Trim().IsEmpty)
                read = ReadList(prompt, header.Index + header.Length, declarations);
            else if (InlineNames().IsMatch(inline.Value))
                ReadNames(prompt, inline, declarations);
        }

        return declarations;
    }

    /// <summary>Names that are used as placeholders outside the lines that declare them.</summary>
    public static IEnumerable<Placeholder> UsesIn(PromptText prompt, IReadOnlyList<VariableDeclaration> declarations)
    {
        var next = 0;
        foreach (var placeholder in prompt.Placeholders)
        {
            while (next < declarations.Count && declarations[next].Line.End <= placeholder.Span.Start)
                next++;
            if (next == declarations.Count || declarations[next].Span != placeholder.Span)
                yield return placeholder;
        }
    }

    /// <summary>Where the list ends.</summary>
    private static int ReadList(PromptText prompt, int position, List<VariableDeclaration> declarations)
    {
        var text = prompt.Text;
        while (position < text.Length)
        {
            var next = new TextSpan(position + 1, position + 1);
            if (next.Start >= text.Length)
                return position;

            var line = Lines.Whole(text, next);
            if (Item().Match(text, line.Start, line.Length) is not { Success: true } item)
                return position;

            declarations.Add(DeclarationOf(prompt, item, line));
            position = line.End - 1;
            if (text[position] != '\n')
                return position;
        }

        return position;
    }

    /// <summary>"- Product: {{product}}" declares the placeholder and uses it; "- product: …" only declares.</summary>
    private static VariableDeclaration DeclarationOf(PromptText prompt, Match item, TextSpan line)
    {
        var name = item.Groups["name"];
        return item.Groups["value"].Success
            ? new(item.Groups["value"].Value, item.Groups["value"].Span(), TextSpan.At(line.Start))
            : new(name.Value, item.Groups["mark"].Span(), line);
    }

    private static void ReadNames(PromptText prompt, Group inline, List<VariableDeclaration> declarations)
    {
        var line = Lines.Whole(prompt.Text, inline.Span());
        foreach (Match name in Name().Matches(inline.Value))
        {
            var mark = new TextSpan(inline.Index + name.Index, inline.Index + name.Index + name.Length);
            declarations.Add(new(name.Groups["name"].Value, mark, line));
        }
    }

    [GeneratedRegex(
        @"^[ \t#*]{0,8}(?:input |template |prompt )?(?:variables|inputs|parameters|placeholders|arguments)"
        + @"(?:\*\*)?[ \t]*:?(?:\*\*)?"
        + @"(?<inline>(?<=:|\*)[^\n]{0,400})?$",
        Patterns.Lines, Patterns.Timeout)]
    private static partial Regex Header();

    [GeneratedRegex(
        @"\G[ \t]*(?:[-*+•][ \t]+|\d{1,2}[.)][ \t]+)"
        + @"(?:[A-Z][^\n{}:]{0,60}:[ \t]*(?:\{\{|\{|\$\{)(?<value>[A-Za-z_][\w.\-]*)\}{1,2}[ \t]*\r?$"
        + @"|(?<mark>(?:\*\*|`)?(?:\{\{[ ]?|\$\{|\{)?(?<name>[A-Za-z_][\w\-]{0,63})(?:[ ]?\}{1,2})?(?:\*\*|`)?)"
        + @"(?=[ \t]*(?:[:=(—–\r\n]|-[ ]|is\b|$)))",
        Patterns.ExactCase | RegexOptions.Multiline, Patterns.Timeout)]
    private static partial Regex Item();

    [GeneratedRegex(
        @"^[ \t]*[`{$]{0,3}[A-Za-z_][\w\-]{0,63}[`}]{0,2}"
        + @"(?>(?:,[ \t]*|[ \t]+)(?:and )?[`{$]{0,3}[A-Za-z_][\w\-]{0,63}[`}]{0,2}){0,40}[ \t.]*\r?$",
        Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex InlineNames();

    [GeneratedRegex(
        @"[`{$]{0,3}(?<name>(?!and\b)[A-Za-z_][\w\-]{0,63})[`}]{0,2}", Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex Name();
}
