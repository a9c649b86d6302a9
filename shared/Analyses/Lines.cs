namespace Assay;

/// <summary>The lines of a text as spans without their line ends.</summary>
internal static class Lines
{
    public static IEnumerable<TextSpan> In(string text)
    {
        var start = 0;
        while (start <= text.Length)
        {
            var end = text.IndexOf('\n', start);
            if (end < 0)
                end = text.Length;

            yield return new(start, end > start && text[end - 1] == '\r' ? end - 1 : end);
            start = end + 1;
        }
    }

    /// <summary>The span widened to whole lines, with the line end that follows.</summary>
    public static TextSpan Whole(string text, TextSpan span)
    {
        var start = span.Start == 0 ? 0 : text.LastIndexOf('\n', span.Start - 1) + 1;
        var end = text.IndexOf('\n', span.End);
        return new(start, end < 0 ? text.Length : end + 1);
    }
}
