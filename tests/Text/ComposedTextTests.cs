using System.Text;

namespace Assay;

/// <summary>Held against PostgreSQL, which normalizes as well.</summary>
public sealed class ComposedTextTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Every_character_is_composed_as_PostgreSQL_composes_it() =>
        await CompareAsync([.. Enumerable.Range(1, 0x10FFFF).Where(Rune.IsValid).Select(c => $"{new Rune(c)}")]);

    [Fact]
    public async Task Marks_are_ordered_and_composed_with_their_base()
    {
        var random = new Random(20261130);
        int[] marks = [.. UnicodeTables.Classes.Keys.Order()];
        int[] bases =
        [
            .. UnicodeTables.Compositions.Keys.Select(pair => pair.First).Distinct().Order(),
            .. UnicodeTables.Decompositions.Keys.Order(),
            0x1100, 0x1112, 0x1161, 0x1175, 0x11A8, 0x11C2, 0xAC00, 0xAC01,
        ];
        string Any(int[] of) => $"{new Rune(of[random.Next(of.Length)])}";

        await CompareAsync([.. Enumerable.Range(0, 50_000).Select(_ => string.Concat(
            Enumerable.Range(0, random.Next(1, 8)).Select(_ => Any(random.Next(3) == 0 ? bases : marks))))]);
    }

    private async Task CompareAsync(string[] texts)
    {
        var expected = await database.As(null).ListAsync<string>(
            "select normalize(text, nfc) from unnest(@texts) with ordinality given (text, place) order by place",
            new { texts }, CancellationToken.None);

        Assert.Equal(texts.Length, expected.Count);
        var differing = texts.Zip(expected).Where(pair => ComposedText.Of(pair.First) != pair.Second);
        Assert.Empty(differing.Select(pair =>
            string.Join(' ', pair.First.EnumerateRunes().Select(rune => $"{rune.Value:x4}"))));
    }
}
