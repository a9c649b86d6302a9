namespace Assay;

/// <summary>A fenced code block of Markdown, fences included.</summary>
internal sealed record Fence(TextSpan Span, TextSpan Content, string Mark, bool Closed);

/// <summary>
/// Finds fenced blocks by the rules of CommonMark: a closing fence is at least as long as the opening one.
/// </summary>
internal static class Fences
{
    public static IReadOnlyList<Fence> In(string text)
    {
        var fences = new List<Fence>();
        (TextSpan Line, string Mark)? open = null;
        foreach (var line in Lines.In(text))
        {
            var mark = MarkOf(text.AsSpan(line.Start, line.Length), out var isBare);
            if (mark.Length == 0)
                continue;

            if (open is not { } opening)
            {
                open = (line, mark);
            }
            else if (isBare && mark[0] == opening.Mark[0] && mark.Length >= opening.Mark.Length)
            {
                var content = new TextSpan(Math.Min(opening.Line.End + 1, line.Start), line.Start);
                fences.Add(new(new(opening.Line.Start, line.End), content, opening.Mark, Closed: true));
                open = null;
            }
        }

        if (open is { } last)
        {
            var content = new TextSpan(Math.Min(last.Line.End + 1, text.Length), text.Length);
            fences.Add(new(new(last.Line.Start, text.Length), content, last.Mark, Closed: false));
        }

        return fences;
    }

    private static string MarkOf(ReadOnlySpan<char> line, out bool isBare)
    {
        var trimmed = line.TrimStart(' ');
        isBare = false;
        if (trimmed.IsEmpty || trimmed[0] is not ('`' or '~') || line.Length - trimmed.Length > 3)
            return "";

        var length = trimmed.IndexOfAnyExcept(trimmed[0]) is var end and >= 0 ? end : trimmed.Length;
        var rest = trimmed[length..];
        // A backtick after the info string makes it inline code, not a fence.
        if (length < 3 || (trimmed[0] == '`' && rest.Contains('`')))
            return "";

        isBare = rest.IsWhiteSpace();
        return new string(trimmed[0], length);
    }
}
