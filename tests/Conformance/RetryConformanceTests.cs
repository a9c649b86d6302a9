using Assay.Conformance;

namespace Assay;

/// <summary>Calls that are retried by a policy or a handler.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class RetryConformanceTests(ConformanceHost host)
{
    private readonly ConformanceClient client = host.Client;

    [Theory]
    [InlineData("policy", 2, 3)]
    [InlineData("child", 2, 3)]
    [InlineData("handler", 2, 3)]
    [InlineData("patient handler", 1, 2)]
    public async Task A_call_is_retried_until_it_succeeds(string kind, int failures, int attempts) =>
        Assert.Equal(attempts, (await RetryAsync(failures, kind)).Result);

    [Theory]
    [InlineData("policy", 3)]
    [InlineData("child", 3)]
    [InlineData("chosen", 2)]
    [InlineData("handler", 3)]
    [InlineData("patient handler", 2)]
    public async Task A_call_fails_with_its_last_failure_when_it_is_retried_no_more(string kind, int attempts)
    {
        var outcome = await RetryAsync(failures: 1_000, kind);

        Assert.Contains($"attempt {attempts} failed", outcome.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_delay_grows_by_the_coefficient() =>
        Assert.InRange((await RetryAsync(failures: 3, "growing")).Seconds, 0.2 + 0.4 + 0.8, 60);

    [Fact]
    public async Task The_delay_grows_no_further_than_the_maximum() =>
        Assert.InRange((await RetryAsync(failures: 3, "capped")).Seconds, 0.1 + 0.2 + 0.2, 60);

    [Fact]
    public async Task Nothing_is_retried_after_the_timeout_of_the_policy()
    {
        var outcome = await RetryAsync(failures: 1_000, "timeout");

        Assert.Null(outcome.Result);
        Assert.InRange(outcome.Seconds, 1.5, 30);
    }

    private Task<RetryOutcome> RetryAsync(int failures, string kind) =>
        client.OutputAsync<RetryOutcome>(nameof(Retrying.Retries), new RetryPlan(failures, kind));
}
