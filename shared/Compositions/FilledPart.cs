namespace Assay;

/// <summary>A part with its variables filled.</summary>
/// <param name="Spans">Of <paramref name="Text"/>.</param>
internal sealed record FilledPart(
    CompositionPart Part, string Text, IReadOnlyList<CompositionSpan> Spans, int Tokens, bool IsShortened)
{
    /// <summary>As much of it as a budget of its own allows, with its tokens counted.</summary>
    public FilledPart Within(int? budget, Tokenizer tokenizer, CancellationToken cancellation)
    {
        var (end, tokens) = (0, 0);
        while (end < Text.Length)
        {
            var piece = tokenizer.PieceAt(Text, end, cancellation);
            if (tokens + piece.Tokens > budget)
                break;
            (end, tokens) = (piece.End, tokens + piece.Tokens);
        }
        return end == Text.Length
            ? this with { Tokens = tokens }
            : this with
            {
                Text = Text[..end],
                Tokens = tokens,
                IsShortened = true,
                Spans = [.. Spans.Where(span => span.Start < end)
                    .Select(span => span with { End = Math.Min(span.End, end) })],
            };
    }
}
