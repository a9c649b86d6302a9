namespace Assay;

/// <summary>A range of a text under one path of headings.</summary>
internal readonly record struct Section(int Start, int End, IReadOnlyList<string> HeadingPath);

internal static class Sections
{
    /// <summary>
    /// The sections in order, which together are the text. A heading without text below it goes with the next one.
    /// </summary>
    public static IEnumerable<Section> Of(string text, Outline outline)
    {
        IReadOnlyList<string> path = outline.TableHeader is { Length: > 0 } header ? [header] : [];
        var above = new List<Heading>();
        var start = 0;
        var body = 0;
        foreach (var heading in outline.Headings)
        {
            if (!text.AsSpan(body..heading.Offset).IsWhiteSpace())
            {
                yield return new(start, heading.Offset, path);
                start = heading.Offset;
            }

            above.RemoveAll(other => other.Level >= heading.Level);
            above.Add(heading);
            path = [.. above.Select(other => other.Title).Where(title => title.Length > 0)];
            body = heading.BodyOffset;
        }

        if (start < text.Length)
            yield return new(start, text.Length, path);
    }

    /// <summary>The strength of the break at exactly this offset.</summary>
    public static BreakStrength FindBreak(IReadOnlyList<Break> breaks, int offset)
    {
        var (low, high) = (0, breaks.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (breaks[middle].Offset == offset)
                return breaks[middle].Strength;
            if (breaks[middle].Offset < offset)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return BreakStrength.None;
    }
}
