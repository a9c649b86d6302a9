namespace Assay;

public sealed class CredentialUsageTests
{
    [Fact]
    public void The_first_use_is_written_and_those_that_follow_soon_are_gathered()
    {
        var clock = new Clock();
        var usage = new CredentialUsage(clock);
        var (one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        Assert.Equal(1, usage.Count(one));
        Assert.Equal(0, usage.Count(one));
        Assert.Equal(1, usage.Count(other));
        clock.Seconds = 9;
        Assert.Equal(0, usage.Count(one));
        clock.Seconds = 11;
        Assert.Equal(3, usage.Count(one));
        Assert.Equal(0, usage.Count(one));
    }

    private sealed class Clock : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
