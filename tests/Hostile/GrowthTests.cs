namespace Assay;

public sealed class GrowthTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(600)]
    public void A_square_is_told_from_a_line_whether_it_is_cheap_or_dear(int milliseconds)
    {
        Growth.IsLinear(1_000, size => size, size => Take(milliseconds * size / 1e3));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Growth.IsLinear(
            1_000, size => size, size => Take(milliseconds * (size / 1e3) * (size / 1e3))));
    }

    private static void Take(double milliseconds)
    {
        var end = Growth.ProcessorTime() + TimeSpan.FromMilliseconds(milliseconds);
        while (Growth.ProcessorTime() < end)
            Thread.SpinWait(100);
    }
}
