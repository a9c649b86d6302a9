using Assay.Local;
using Microsoft.DurableTask;

namespace Assay;

public sealed class RetryTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(4, 800)]
    [InlineData(5, 1_000)]
    [InlineData(900, 1_000)]
    public void The_delay_grows_by_the_coefficient_up_to_the_maximum(int attempt, int milliseconds)
    {
        var policy = new RetryPolicy(
            1_000, TimeSpan.FromMilliseconds(100), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Retries.Delay(policy, attempt));
    }
}
