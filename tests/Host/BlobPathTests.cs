using Assay.Local;

namespace Assay;

public sealed class BlobPathTests
{
    [Theory]
    [InlineData("inbox/{organization}/{name}", "acme/a.md", "organization=acme name=a.md")]
    [InlineData("inbox/{organization}/{name}", "acme/deep/er/a.md", "organization=acme name=deep/er/a.md")]
    [InlineData("inbox/{organization}/{name}", "a.md", null)]
    [InlineData("inbox/{name}.md", "x/y.md", "name=x/y")]
    [InlineData("inbox/{name}.md", "x/y.MD", null)]
    [InlineData("inbox/{name}.md", ".md", null)]
    [InlineData("inbox/{name}.{extension}", "a.b.txt", "name=a.b extension=txt")]
    [InlineData("inbox/in-{{x}}/{name}", "in-{x}/a", "name=a")]
    [InlineData("inbox/fixed.txt", "fixed.txt", "")]
    [InlineData("inbox/fixed.txt", "fixedXtxt", null)]
    [InlineData("inbox", "any/thing", "blobName=any/thing")]
    [InlineData("inbox/{a}/x/{name}", "1/x/2\n3", "a=1 name=2\n3")]
    public void A_pattern_gives_names_to_the_parts_of_a_path(string pattern, string blob, string? expected)
    {
        var matches = BlobPathPattern.Parse(pattern).TryMatch(blob, out var values);

        Assert.Equal(expected, matches ? string.Join(' ', values!.Select(pair => $"{pair.Key}={pair.Value}")) : null);
    }

    [Theory]
    [InlineData("{container}/{name}")]
    [InlineData("Inbox/{name}")]
    [InlineData("in/{name}")]
    [InlineData("inbox/{name")]
    [InlineData("inbox/name}")]
    [InlineData("inbox/{}")]
    [InlineData("inbox/{name}/{NAME}")]
    public void What_is_no_pattern_is_refused(string pattern) =>
        Assert.Throws<FunctionLoadException>(() => BlobPathPattern.Parse(pattern));

    [Fact]
    public void A_path_of_an_output_is_filled_from_the_trigger()
    {
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["name"] = "a/b", ["id"] = 7 };
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        Assert.Equal(
            ("outbox", "7/a/b-2026-01-02T03-04-05+00:00.txt"),
            PathTemplate.Read("outbox/{id}/{Name}-{DateTime}.txt").Fill(values, now));
        Assert.Throws<InvalidOperationException>(() => PathTemplate.Read("outbox/{other}").Fill(values, now));
    }
}
