namespace Assay;

/// <summary>
/// The deepest place of a text: heading level, list indent, quotation depth and open tags at it, added up.
/// </summary>
internal static class NestingDepth
{
    private const int IndentWidth = 2;
    private const int DepthMax = 20;

    public static int Of(string text)
    {
        var deepest = 0;
        var heading = 0;
        var tags = 0;
        foreach (var line in Lines.In(text))
        {
            var content = text.AsSpan(line.Start, line.Length);
            var trimmed = content.TrimStart();
            if (trimmed.IsEmpty)
                continue;

            if (trimmed[0] == '#' && trimmed.IndexOfAnyExcept('#') is > 0 and <= 6 and var level)
                heading = level;
            tags = Math.Max(0, tags + OpenedTags(trimmed));

            var isItem = SentenceSplitter.Marker(trimmed) > 0 && trimmed[0] != '#';
            var item = isItem ? 1 + (content.Length - trimmed.Length) / IndentWidth : 0;
            var quote = trimmed.IndexOfAnyExcept("> ") is > 0 and var end ? trimmed[..end].Count('>') : 0;
            deepest = Math.Max(deepest, heading + item + quote + tags);
        }

        return Math.Min(deepest, DepthMax);
    }

    /// <summary>Tags opened on the line less those closed on it.</summary>
    private static int OpenedTags(ReadOnlySpan<char> line)
    {
        var opened = 0;
        for (var position = 0; position + 1 < line.Length; position++)
        {
            if (line[position] != '<')
                continue;

            var end = line[position..].IndexOf('>');
            if (end < 0)
                break;
            if (line[position + 1] == '/')
                opened--;
            else if (char.IsAsciiLetter(line[position + 1]) && line[position + end - 1] != '/')
                opened++;
            position += end;
        }

        return opened;
    }
}
