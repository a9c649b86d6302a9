using System.Globalization;

namespace Assay;

/// <summary>
/// A section as the pieces that a tokenizer encodes one by one, with running token counts. Boundary n lies before
/// piece n; boundary 0 is the section's start. Boundaries do not take graphemes apart, which those of the tokenizer do
/// in scripts such as Devanagari, unless one is too long for the smallest chunk.
/// </summary>
internal sealed class SectionPieces
{
    /// <summary>Pieces of more tokens, such as unbroken runs of letters, are cut into parts.</summary>
    private const int PieceTokensMax = 16;

    /// <summary>
    /// The least length of such parts in chars. Where a grapheme makes a part too long for the smallest chunk, the part
    /// has this length, which is under that size even at three tokens a char.
    /// </summary>
    private const int PartLength = 8;

    private readonly string text;
    private readonly List<int> offsets;
    private readonly List<int> sums;

    public SectionPieces(string text, Section section, Tokenizer tokenizer)
    {
        this.text = text;
        var span = text.AsSpan(0, section.End);
        offsets = new((section.End - section.Start) / 4 + 2) { section.Start };
        sums = new(offsets.Capacity) { 0 };
        for (var at = section.Start; at < section.End; at = offsets[^1])
        {
            var piece = tokenizer.PieceAt(span, at);
            var end = Graphemes.Next(span, piece.End);
            if (TextBreaks.IsWideStop(span[at]) && at + 1 < end && char.IsLetter(span[at + 1]))
            {
                // Tokenizers take the mark with the sentence behind it.
                AddParts(span[..(at + 1)], at, tokenizer);
                AddParts(span[..end], at + 1, tokenizer);
            }
            else if (piece.Tokens > PieceTokensMax || end != piece.End)
                AddParts(span[..end], at, tokenizer);
            else
                Add(piece.End, piece.Tokens);
        }
    }

    /// <summary>Whether running counts are exact: every boundary is one of the tokenizer's.</summary>
    public bool Exact { get; private set; } = true;

    /// <summary>The last boundary, at the section's end.</summary>
    public int Last => offsets.Count - 1;

    public int Offset(int boundary) => offsets[boundary];

    public int Tokens(int start, int end) => sums[end] - sums[start];

    /// <summary>Whether the char before the boundary is white space other than a newline.</summary>
    public bool EndsWithBlank(int boundary) =>
        char.IsWhiteSpace(text[offsets[boundary] - 1]) && text[offsets[boundary] - 1] is not ('\r' or '\n')
        || text[offsets[boundary] - 1] == '\ufeff';

    /// <summary>
    /// The last boundary before which at most so many tokens lie, and at least the one after the start.
    /// </summary>
    public int LastWithin(int start, int tokens)
    {
        var found = sums.BinarySearch(start + 1, Last - start, sums[start] + tokens, null);
        return Math.Max(start + 1, found >= 0 ? found : ~found - 1);
    }

    private void AddParts(ReadOnlySpan<char> piece, int at, Tokenizer tokenizer)
    {
        Exact = false;
        while (at < piece.Length)
        {
            var end = EndOfGraphemes(piece, at);
            var tokens = tokenizer.Count(piece[at..end]);
            if (tokens > ChunkSettings.SizeMin)
            {
                end = Math.Min(at + PartLength, end);
                if (end < piece.Length && char.IsSurrogatePair(piece[end - 1], piece[end]))
                    end--;

                tokens = tokenizer.Count(piece[at..end]);
            }

            Add(end, tokens);
            at = end;
        }
    }

    private static int EndOfGraphemes(ReadOnlySpan<char> piece, int at)
    {
        var end = at;
        while (end < piece.Length && end - at < PartLength)
        {
            var near = piece[end..Math.Min(end + 4 * PartLength, piece.Length)];
            end += StringInfo.GetNextTextElementLength(near);
        }

        return end;
    }

    private void Add(int end, int tokens)
    {
        offsets.Add(end);
        sums.Add(sums[^1] + tokens);
    }
}
