using System.Text.Json.Nodes;
using CsCheck;

namespace Assay;

public sealed class EntityDiffTests
{
    private static readonly Gen<string> Word =
        Gen.OneOf("one", "two", "ü€😀", "a.b", "(x)", "\r", "\t", "", "  ");

    private static readonly Gen<string> Text = Word.Array[0, 5].Select(words => string.Join(' ', words))
        .Array[0, 14].Select(lines => string.Join('\n', lines));

    // Another text, or the same one with a few words put in or taken out.
    private static readonly Gen<(string Before, string After)> Texts = Gen.OneOf(
        Gen.Select(Text, Text),
        Gen.Select(
            Text, Gen.Select(Gen.Double.Unit, Word.Null(0.5), Gen.Int[0, 4]).Array[0, 3],
            (before, edits) => (before, edits.Aggregate(before, Edited))));

    [Fact]
    public void Lines_are_compared_word_by_word_where_they_changed()
    {
        var lines = TextDiff.Of(
            "One\nAnswer in two sentences.\nThree\nFour", "One\nAnswer in three sentences.\nThree", 1,
            new(CancellationToken.None));

        Assert.Equal(
            [
                (DiffKind.Same, 1, 1), (DiffKind.Changed, 2, 2), (DiffKind.Same, 3, 3), (DiffKind.Removed, 4, null),
            ],
            lines.Select(line => (line.Kind, line.OldNumber, line.NewNumber)));
        Assert.Equal(
            [
                new(DiffKind.Same, "Answer in "), new(DiffKind.Removed, "two"), new(DiffKind.Added, "three"),
                new(DiffKind.Same, " sentences."),
            ],
            lines[1].Words!);
    }

    [Fact]
    public void What_is_far_from_any_change_is_not_shown()
    {
        var before = string.Join('\n', Enumerable.Range(1, 100));

        var lines = TextDiff.Of(before, before.Replace("\n50\n", "\nfifty\n"), 2, new(CancellationToken.None));

        Assert.Equal([48, 49, 50, 51, 52], lines.Select(line => line.OldNumber));
    }

    [Fact]
    public void Texts_that_are_very_long_are_compared_as_a_whole_in_no_time()
    {
        var (before, after) = (Numbers(0), Numbers(1_000_000));

        var lines = TextDiff.Of(before, after, 0, new(CancellationToken.None));

        Assert.All(lines, line => Assert.Equal(DiffKind.Changed, line.Kind));
        Assert.Equal(15_000, lines.Count);

        static string Numbers(int from) => string.Join('\n', Enumerable.Range(from, 15_000));
    }

    [Fact]
    public void Long_lines_that_all_changed_are_compared_in_seconds_and_as_far_as_they_may_cost()
    {
        // Word by word, each of these takes a hundredth of a second or more.
        var (before, after) = (Words("a"), Words("b"));
        var watch = System.Diagnostics.Stopwatch.StartNew();

        var lines = TextDiff.Of(before, after, 0, new(CancellationToken.None));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.NotNull(lines[0].Words);
        Assert.Null(lines[^1].Words);

        static string Words(string one) => string.Join('\n', Enumerable.Range(0, 250).Select(
            line => string.Join(' ', Enumerable.Range(0, 1_999).Select(_ => one))));
    }

    [Fact]
    public void A_comparison_ends_with_whom_it_is_for()
    {
        using var gone = new CancellationTokenSource();
        gone.Cancel();

        Assert.Throws<OperationCanceledException>(() => TextDiff.Of("a", "b", 0, new(gone.Token)));
    }

    [Fact]
    public void Whatever_changed_a_diff_holds_both_texts() => Texts.Sample((before, after) =>
    {
        var lines = TextDiff.Of(before, after, int.MaxValue, new(CancellationToken.None));

        if (before == after)
        {
            Assert.Empty(lines);
            return;
        }
        Assert.Equal(before, Join(lines, DiffKind.Added, line => line.Old));
        Assert.Equal(after, Join(lines, DiffKind.Removed, line => line.New));
        foreach (var line in lines.Where(line => line.Words is not null))
        {
            Assert.Equal(line.Old, Join(line.Words!, DiffKind.Added));
            Assert.Equal(line.New, Join(line.Words!, DiffKind.Removed));
        }
    }, iter: 900);

    [Fact]
    public void Other_values_are_compared_by_their_places()
    {
        var before = Entity.Example with
        {
            Content = JsonNode.Parse("""{"text":"a","variables":[{"name":"x"}],"a/b":1}""")!.AsObject(),
            Tags = ["one"],
        };
        var after = before with
        {
            Version = 4,
            Title = "Other",
            Content = JsonNode.Parse("""{"text":"a","variables":[{"name":"x","type":"integer"},{"name":"y"}]}""")!
                .AsObject(),
            Tags = ["one", "two"],
        };

        var diff = EntityDiff.Of(before, after, 3, CancellationToken.None);

        Assert.Equal((3, 4), (diff.From, diff.To));
        Assert.Equal(
            [
                "/title null null 1", "/content/variables/0/type null integer 0",
                """/content/variables/1 null {"name":"y"} 0""", "/content/a~1b 1 null 0", "/tags/1 null two 0",
            ],
            diff.Changes.Select(change =>
                $"{change.Path} {change.Before ?? "null"} {change.After?.ToJsonString().Trim('"') ?? "null"} "
                + $"{change.Lines?.Count ?? 0}"));
    }

    private static string Join(IReadOnlyList<DiffLine> lines, DiffKind without, Func<DiffLine, string?> side) =>
        string.Join('\n', lines.Where(line => line.Kind != without).Select(side));

    private static string Join(IReadOnlyList<DiffWord> words, DiffKind without) =>
        string.Concat(words.Where(word => word.Kind != without).Select(word => word.Text));

    private static string Edited(string text, (double Where, string? Inserted, int Removed) edit)
    {
        var at = (int)(edit.Where * text.Length);
        return edit.Inserted is null
            ? text.Remove(at, Math.Min(text.Length - at, edit.Removed))
            : text.Insert(at, edit.Inserted);
    }
}
