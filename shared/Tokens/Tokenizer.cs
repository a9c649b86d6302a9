using System.Buffers;
using System.Text;

namespace Assay;

/// <summary>
/// Exact byte-pair tokens of a text, as js-tiktoken's <c>encode(text, [], [])</c> gives them: special tokens such as
/// <c>&lt;|endoftext|&gt;</c> are ordinary text, and a lone surrogate counts as U+FFFD. Safe for use by many threads.
/// Letters, marks and numbers are what this runtime's Unicode version says they are.
/// </summary>
public sealed class Tokenizer
{
    /// <summary>Pieces up to this many chars are encoded on the stack.</summary>
    private const int StackMax = 256;

    /// <summary>No char needs more bytes than this in UTF-8.</summary>
    private const int BytesPerChar = 3;

    private static readonly Lazy<Tokenizer> Cl100k = new(() => new Tokenizer(TokenEncoding.Cl100k));
    private static readonly Lazy<Tokenizer> O200k = new(() => new Tokenizer(TokenEncoding.O200k));

    private readonly TokenEncoding encoding;
    private readonly TokenVocabulary vocabulary;

    private Tokenizer(TokenEncoding encoding)
    {
        this.encoding = encoding;
        vocabulary = TokenVocabulary.Load(encoding);
    }

    /// <summary>The tokenizer of an encoding; its vocabulary is loaded at the first call and kept.</summary>
    public static Tokenizer Get(TokenEncoding encoding) => encoding switch
    {
        TokenEncoding.Cl100k => Cl100k.Value,
        TokenEncoding.O200k => O200k.Value,
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "There is no such token encoding."),
    };

    /// <summary>The number of tokens of a text that is short, or counted where nobody waits.</summary>
    public int Count(ReadOnlySpan<char> text) => Count(text, CancellationToken.None);

    /// <summary>The number of tokens.</summary>
    public int Count(ReadOnlySpan<char> text, CancellationToken cancellation)
    {
        var count = 0;
        for (var start = 0; start < text.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var end = PiecePatterns.EndOfPiece(encoding, text, start);
            count += Encode(text[start..end], null, cancellation);
            start = end;
        }

        return count;
    }

    /// <summary>The tokens, as ranks in the vocabulary.</summary>
    public IReadOnlyList<int> Encode(ReadOnlySpan<char> text)
    {
        var tokens = new List<int>(text.Length / 4 + 1);
        for (var start = 0; start < text.Length;)
        {
            var end = PiecePatterns.EndOfPiece(encoding, text, start);
            Encode(text[start..end], tokens, CancellationToken.None);
            start = end;
        }

        return tokens;
    }

    /// <summary>
    /// The piece that starts at <paramref name="start"/>. Tokens never cross the end of a piece, so that the counts of
    /// adjacent pieces add up to the count of the text from the start of the first to the end of the last, unless that
    /// part ends with a blank (white space other than a newline), when its count may be smaller.
    /// </summary>
    public TokenPiece PieceAt(ReadOnlySpan<char> text, int start, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var end = PiecePatterns.EndOfPiece(encoding, text, start);
        return new(end, Encode(text[start..end], null, cancellation));
    }

    /// <inheritdoc cref="PieceAt(ReadOnlySpan{char}, int, CancellationToken)"/>
    public TokenPiece PieceAt(ReadOnlySpan<char> text, int start) => PieceAt(text, start, CancellationToken.None);

    /// <summary>The text that tokens of this encoding stand for; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> tokens)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var token in tokens)
            bytes.Write(vocabulary.Bytes(token));

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private int Encode(ReadOnlySpan<char> piece, List<int>? tokens, CancellationToken cancellation)
    {
        if (piece.Length <= StackMax)
        {
            Span<byte> buffer = stackalloc byte[StackMax * BytesPerChar];
            return Encode(buffer[..Encoding.UTF8.GetBytes(piece, buffer)], tokens, cancellation);
        }

        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(piece));
        try
        {
            return Encode(rented.AsSpan(0, Encoding.UTF8.GetBytes(piece, rented)), tokens, cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private int Encode(ReadOnlySpan<byte> piece, List<int>? tokens, CancellationToken cancellation)
    {
        var rank = piece.Length == 1 ? vocabulary.Single(piece[0]) : vocabulary.Find(piece);
        if (rank == TokenVocabulary.None)
            return BytePairMerge.Encode(vocabulary, piece, tokens, cancellation);

        tokens?.Add(rank);
        return 1;
    }
}

/// <summary>A piece of text that is encoded by itself: where it ends, exclusive, and its number of tokens.</summary>
public readonly record struct TokenPiece(int End, int Tokens);
