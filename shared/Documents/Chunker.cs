namespace Assay;

/// <summary>
/// Cuts a text into chunks of at most so many tokens, in linear time. A heading starts a new chunk, so that no chunk
/// mixes sections; longer sections are cut at the best place in the second half of what fits: before a paragraph or a
/// fence, else after a sentence (in code: a line), a line, a word, or a character. Never within a code point, and
/// within a grapheme only where one is longer than a chunk. Overlap repeats the end of the chunk before, within a
/// section. Without overlap the chunks concatenate to the text, but for white space that would be
/// a chunk by itself, which is in none.
/// </summary>
public sealed class Chunker
{
    /// <summary>More are too many to keep, and to embed.</summary>
    public const int ChunksMax = 200_000;

    private readonly string text;
    private readonly ChunkSettings settings;
    private readonly Tokenizer tokenizer;
    private readonly Outline outline;
    private readonly List<Chunk> chunks = [];

    private Chunker(string text, TextLayout layout, ChunkSettings settings)
    {
        this.text = text;
        this.settings = settings;
        tokenizer = Tokenizer.Get(settings.Encoding);
        outline = Outline.Of(text, layout);
    }

    /// <summary>The chunks in order; none for an empty text.</summary>
    public static IReadOnlyList<Chunk> Split(string text, TextLayout layout, ChunkSettings settings) =>
        Split(text, layout, settings, int.MaxValue)!;

    /// <summary>The chunks in order; null when there are more than <paramref name="chunksMax"/>.</summary>
    public static IReadOnlyList<Chunk>? Split(string text, TextLayout layout, ChunkSettings settings, int chunksMax)
    {
        if (settings.Fault() is { } fault)
            throw new ArgumentException($"{fault.Field}: expected {fault.Expected}", nameof(settings));

        var chunker = new Chunker(text, layout, settings);
        foreach (var section in Sections.Of(text, chunker.outline))
        {
            chunker.Split(section);
            if (chunker.chunks.Count > chunksMax)
                return null;
        }

        return chunker.chunks;
    }

    private void Split(Section section)
    {
        var pieces = new SectionPieces(text, section, tokenizer);
        for (var start = 0; start < pieces.Last;)
        {
            var end = FindEnd(pieces, start);
            if (!text.AsSpan(pieces.Offset(start)..pieces.Offset(end)).IsWhiteSpace())
                chunks.Add(new(
                    chunks.Count,
                    pieces.Offset(start),
                    pieces.Offset(end),
                    Count(pieces, start, end),
                    section.HeadingPath));
            start = end == pieces.Last ? end : FindNextStart(pieces, start, end);
        }
    }

    /// <summary>The best boundary in the second half of what fits.</summary>
    private int FindEnd(SectionPieces pieces, int start)
    {
        if (pieces.Tokens(start, pieces.Last) <= settings.Size)
            return pieces.Last;

        var last = pieces.LastWithin(start, settings.Size);
        var best = last;
        var strength = BreakStrength.None;
        for (var end = last; end > start && pieces.Tokens(start, end) > settings.Size / 2; end--)
        {
            var found = StrengthAt(pieces.Offset(end));
            if (found <= strength)
                continue;

            (best, strength) = (end, found);
            if (strength == BreakStrength.Paragraph)
                break;
        }

        // Parts of a cut piece may count differently together; it takes next to nothing to fit then.
        while (best > start + 1 && Count(pieces, start, best) > settings.Size)
            best--;

        return best;
    }

    /// <summary>
    /// The earliest start that the overlap allows: of a sentence if that repeats half of the overlap or more, else of a
    /// word, else of a character; the end itself when there is none.
    /// </summary>
    private int FindNextStart(SectionPieces pieces, int start, int end)
    {
        var (sentence, word, character) = (end, end, end);
        for (var back = end - 1; back > start && pieces.Tokens(back, end) <= settings.Overlap; back--)
        {
            // The next chunk has to have room for more than what it repeats.
            if (pieces.Tokens(back, end + 1) > settings.Size)
                break;

            var strength = StrengthAt(pieces.Offset(back));
            character = back;
            word = strength >= BreakStrength.Word ? back : word;
            sentence = strength >= BreakStrength.Sentence ? back : sentence;
        }

        if (pieces.Tokens(sentence, end) * 2 > settings.Overlap)
            return sentence;

        return word < end ? word : character;
    }

    private BreakStrength StrengthAt(int offset)
    {
        var structural = Sections.FindBreak(outline.Breaks, offset);
        return structural >= BreakStrength.Sentence ? structural : Max(structural, TextBreaks.StrengthAt(text, offset));
    }

    private static BreakStrength Max(BreakStrength one, BreakStrength other) => one > other ? one : other;

    private int Count(SectionPieces pieces, int start, int end) =>
        pieces.Exact && !pieces.EndsWithBlank(end)
            ? pieces.Tokens(start, end)
            : tokenizer.Count(text.AsSpan(pieces.Offset(start)..pieces.Offset(end)));
}
