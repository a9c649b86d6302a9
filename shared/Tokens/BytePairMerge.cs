using System.Buffers;

namespace Assay;

/// <summary>
/// Byte-pair encoding of one piece: again and again, the leftmost of the adjacent parts whose concatenation has the
/// lowest rank become one part, until no concatenation is a token.
/// </summary>
internal static class BytePairMerge
{
    /// <summary>Up to this many bytes, scanning for the lowest rank beats keeping a heap.</summary>
    private const int ScanMax = 128;

    /// <summary>
    /// The number of tokens of a piece of two bytes or more that is not a token itself;
    /// the tokens are appended to <paramref name="tokens"/> when it is given.
    /// </summary>
    public static int Encode(
        TokenVocabulary vocabulary, ReadOnlySpan<byte> piece, List<int>? tokens, CancellationToken cancellation) =>
        piece.Length <= ScanMax ? Scan(vocabulary, piece, tokens)
        : piece.Length <= WindowedMerge.WindowMax ? Heap(vocabulary, piece, tokens, new(piece.Length))
        : WindowedMerge.Encode(vocabulary, piece, tokens, cancellation);

    /// <summary>Whether two tokens that follow each other are what their bytes together become.</summary>
    public static bool AreNeighbors(TokenVocabulary vocabulary, int left, int right)
    {
        Span<byte> both = stackalloc byte[2 * vocabulary.LengthMax];
        var first = vocabulary.Bytes(left);
        var second = vocabulary.Bytes(right);
        first.CopyTo(both);
        second.CopyTo(both[first.Length..]);
        var merged = new List<int>(2);
        Scan(vocabulary, both[..(first.Length + second.Length)], merged);
        return merged is [var one, var other] && one == left && other == right;
    }

    /// <summary>A part's start and the rank it would have together with its successor.</summary>
    private record struct Part(int Start, int Rank);

    private static int Scan(TokenVocabulary vocabulary, ReadOnlySpan<byte> piece, List<int>? tokens)
    {
        // The last two parts are sentinels, so that a part's end and its successor's end always exist.
        Span<Part> parts = stackalloc Part[piece.Length + 2];
        var count = piece.Length;
        for (var index = 0; index < count - 1; index++)
            parts[index] = new(index, vocabulary.Pair(piece[index], piece[index + 1]));
        parts[count - 1] = new(count - 1, TokenVocabulary.None);
        parts[count] = parts[count + 1] = new(count, TokenVocabulary.None);

        while (true)
        {
            var lowest = 0;
            for (var index = 1; index < count - 1; index++)
            {
                if (parts[index].Rank < parts[lowest].Rank)
                    lowest = index;
            }

            if (parts[lowest].Rank == TokenVocabulary.None)
                break;

            parts[(lowest + 2)..(count + 2)].CopyTo(parts[(lowest + 1)..]);
            count--;
            parts[lowest].Rank = RankAt(vocabulary, piece, parts, lowest, count);
            if (lowest > 0)
                parts[lowest - 1].Rank = RankAt(vocabulary, piece, parts, lowest - 1, count);
        }

        for (var index = 0; tokens is not null && index < count; index++)
            tokens.Add(Token(vocabulary, piece[parts[index].Start..parts[index + 1].Start]));

        return count;
    }

    private static int RankAt(
        TokenVocabulary vocabulary, ReadOnlySpan<byte> piece, ReadOnlySpan<Part> parts, int index, int count) =>
        index + 1 < count
            ? Rank(vocabulary, piece[parts[index].Start..parts[index + 2].Start])
            : TokenVocabulary.None;

    /// <summary>
    /// The parts as a linked list, and a heap of candidate merges. It needs some forty bytes for each of the piece.
    /// </summary>
    /// <param name="candidates">Empty, and empty again afterwards.</param>
    public static int Heap(
        TokenVocabulary vocabulary, ReadOnlySpan<byte> piece, List<int>? tokens, PriorityQueue<int, long> candidates)
    {
        var length = piece.Length;
        var links = ArrayPool<int>.Shared.Rent(3 * (length + 1));
        try
        {
            var next = links.AsSpan(0, length + 1);
            var previous = links.AsSpan(length + 1, length + 1);
            var ranks = links.AsSpan(2 * (length + 1), length + 1);
            for (var index = 0; index < length; index++)
            {
                next[index] = index + 1;
                previous[index] = index - 1;
                ranks[index] = index + 1 < length
                    ? vocabulary.Pair(piece[index], piece[index + 1])
                    : TokenVocabulary.None;
                if (ranks[index] != TokenVocabulary.None)
                    candidates.Enqueue(index, Order(ranks[index], index));
            }

            var count = length;
            while (candidates.TryDequeue(out var part, out var order))
            {
                // A candidate is stale once its part was merged away or has another successor.
                if (ranks[part] == TokenVocabulary.None || Order(ranks[part], part) != order)
                    continue;

                var merged = next[part];
                ranks[merged] = TokenVocabulary.None;
                next[part] = next[merged];
                previous[next[part]] = part;
                count--;

                Refresh(vocabulary, piece, next, ranks, candidates, part);
                if (previous[part] >= 0)
                    Refresh(vocabulary, piece, next, ranks, candidates, previous[part]);
            }

            for (var part = 0; tokens is not null && part < length; part = next[part])
                tokens.Add(Token(vocabulary, piece[part..next[part]]));

            return count;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(links);
        }
    }

    private static void Refresh(
        TokenVocabulary vocabulary,
        ReadOnlySpan<byte> piece,
        ReadOnlySpan<int> next,
        Span<int> ranks,
        PriorityQueue<int, long> candidates,
        int part)
    {
        var successor = next[part];
        ranks[part] = successor < piece.Length
            ? Rank(vocabulary, piece[part..next[successor]])
            : TokenVocabulary.None;
        if (ranks[part] != TokenVocabulary.None)
            candidates.Enqueue(part, Order(ranks[part], part));
    }

    /// <summary>Lowest rank first, then leftmost.</summary>
    private static long Order(int rank, int part) => (long)rank << 32 | (uint)part;

    private static int Rank(TokenVocabulary vocabulary, ReadOnlySpan<byte> bytes) =>
        bytes.Length > vocabulary.LengthMax ? TokenVocabulary.None : vocabulary.Find(bytes);

    private static int Token(TokenVocabulary vocabulary, ReadOnlySpan<byte> bytes) =>
        bytes.Length == 1 ? vocabulary.Single(bytes[0]) : vocabulary.Find(bytes);
}
