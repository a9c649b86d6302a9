using Microsoft.DurableTask;

namespace Assay;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Defaults_are_an_hour_between_attempts_and_no_end()
    {
        var policy = new RetryPolicy(3, Second);

        Assert.Equal(3, policy.MaxNumberOfAttempts);
        Assert.Equal(1, policy.BackoffCoefficient);
        Assert.Equal(TimeSpan.FromHours(1), policy.MaxRetryInterval);
        Assert.Equal(Timeout.InfiniteTimeSpan, policy.RetryTimeout);
        Assert.True(policy.Handle(new InvalidOperationException()));
    }

    [Theory]
    [InlineData(0, 1, 1, null, null, "maxNumberOfAttempts")]
    [InlineData(1, 0, 1, null, null, "firstRetryInterval")]
    [InlineData(1, -1, 1, null, null, "firstRetryInterval")]
    [InlineData(1, 1, 0.99, null, null, "backoffCoefficient")]
    [InlineData(1, 2, 1, 1, null, "maxRetryInterval")]
    [InlineData(1, 2, 1, null, 1, "retryTimeout")]
    public void An_impossible_policy_is_refused_by_the_name_of_the_argument(
        int attempts, int first, double coefficient, int? max, int? timeout, string argument)
    {
        static TimeSpan? Seconds(int? value) => value is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(
            attempts, TimeSpan.FromSeconds(first), coefficient, Seconds(max), Seconds(timeout)));

        Assert.Equal(argument, refused.ParamName);
    }

    [Fact]
    public void Infinite_is_never_below_the_first_interval()
    {
        var policy = new RetryPolicy(1, Second, 2, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        Assert.Equal(Timeout.InfiniteTimeSpan, policy.MaxRetryInterval);
    }

    [Fact]
    public void A_failure_filter_sees_the_details_of_the_failed_task()
    {
        var policy = new RetryPolicy(3, Second) { HandleFailure = failure => failure.IsCausedBy<TimeoutException>() };

        Assert.True(policy.Handle(new TaskFailedException("Read", 1, new TimeoutException())));
        Assert.False(policy.Handle(new TaskFailedException("Read", 1, new FormatException())));
        Assert.Throws<InvalidOperationException>(() => policy.Handle(new TimeoutException()));
    }

    [Fact]
    public async Task A_synchronous_handler_becomes_the_asynchronous_one()
    {
        var options = TaskOptions.FromRetryHandler(retry => retry.LastAttemptNumber < 3);
        var context = new RetryContext(null!, 2, null!, Second, CancellationToken.None);

        Assert.Null(options.Retry!.Policy);
        Assert.True(await options.Retry.Handler!(context));
        Assert.False(await options.Retry.Handler(context with { LastAttemptNumber = 3 }));
    }
}
