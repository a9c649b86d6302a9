using System.Diagnostics;
using System.Text;
using CsCheck;

namespace Assay;

public sealed class BytePairMergeTests
{
    // What repeats merges in waves, and what is random in no order at all.
    private static readonly string[] alphabets =
    [
        "a", "ab", "aab", "abc", "é", "文字", "x=", "etaoinshrdlu", "0", "\ud83d\udc69\u200d", "\t", "\u0301a",
    ];

    [Theory]
    [InlineData(TokenEncoding.Cl100k)]
    [InlineData(TokenEncoding.O200k)]
    public void Long_pieces_become_the_tokens_that_merging_step_by_step_gives(TokenEncoding encoding)
    {
        var vocabulary = TokenVocabulary.Load(encoding);
        var lengths = Gen.Int[WindowedMerge.WindowMax + 1, 3 * WindowedMerge.WindowMax];

        Gen.Select(Gen.OneOf(alphabets), lengths, Gen.Bool, Gen.Int).Sample(
            (alphabet, length, isRandom, seed) =>
            {
                var piece = Piece(alphabet, length, isRandom, new(seed));
                var tokens = new List<int>();

                var count = BytePairMerge.Encode(vocabulary, piece, tokens, CancellationToken.None);

                Assert.Equal(StepByStep(vocabulary, piece), tokens);
                Assert.Equal(tokens.Count, count);
            },
            iter: 48, threads: 1);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("etaoinshrdlu")]
    public void A_piece_of_megabytes_takes_little_time_and_memory(string alphabet)
    {
        var tokenizer = Tokenizer.Get(TokenEncoding.O200k);
        var text = Encoding.UTF8.GetString(Piece(alphabet, 4 << 20, isRandom: alphabet.Length > 2, new(1)));
        tokenizer.Count(text.AsSpan(0, 10_000), CancellationToken.None);
        var (before, watch) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());

        Assert.InRange(tokenizer.Count(text, CancellationToken.None), 1, text.Length);

        // A heap over all of it takes 160 MB and more.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 60 << 20);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Counting_stops_when_nobody_waits_for_it_any_more()
    {
        using var gone = new CancellationTokenSource();
        var text = new string('a', 20_000_000);
        var watch = Stopwatch.StartNew();
        // A thread of its own: a timer comes late where all others are at work.
        var leaves = new Thread(() =>
        {
            Thread.Sleep(20);
            gone.Cancel();
        });
        leaves.Start();

        Assert.Throws<OperationCanceledException>(
            () => Tokenizer.Get(TokenEncoding.O200k).Count(text, gone.Token));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        leaves.Join();
    }

    private static byte[] Piece(string alphabet, int length, bool isRandom, Random random)
    {
        var runes = alphabet.EnumerateRunes().ToArray();
        var text = new StringBuilder();
        for (var n = 0; text.Length < length; n++)
            text.Append(isRandom ? runes[random.Next(runes.Length)] : runes[n % runes.Length]);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // The rule itself: the leftmost of the lowest ranks, until there is none.
    private static List<int> StepByStep(TokenVocabulary vocabulary, byte[] piece)
    {
        var ends = Enumerable.Range(1, piece.Length).ToList();
        int Rank(int index) => index + 1 < ends.Count
            ? vocabulary.Find(piece.AsSpan(Start(index)..ends[index + 1])) : TokenVocabulary.None;
        int Start(int index) => index == 0 ? 0 : ends[index - 1];
        var ranks = Enumerable.Range(0, ends.Count).Select(Rank).ToList();
        while (true)
        {
            var lowest = ranks.Min();
            if (lowest == TokenVocabulary.None)
                return [.. ends.Select((end, index) => vocabulary.Find(piece.AsSpan(Start(index)..end)))];
            var at = ranks.IndexOf(lowest);
            ends.RemoveAt(at);
            ranks.RemoveAt(at);
            ranks[at] = Rank(at);
            if (at > 0)
                ranks[at - 1] = Rank(at - 1);
        }
    }
}
