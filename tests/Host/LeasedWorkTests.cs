using Assay.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace Assay;

public sealed class LeasedWorkTests
{
    private static readonly TimeSpan lease = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Work_is_cancelled_when_its_lease_runs_out_while_a_renewal_gets_no_answer()
    {
        var work = LeasedWork.RunAsync(
            lease,
            async cancellation =>
            {
                await Task.Delay(Timeout.Infinite, cancellation);
                return true;
            },
            cancellation => Task.Delay(Timeout.Infinite, cancellation),
            NullLogger.Instance,
            CancellationToken.None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Work_whose_lease_is_renewed_goes_on_for_longer_than_the_lease()
    {
        var renewals = 0;
        var renewedOften = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await LeasedWork.RunAsync(
            lease,
            _ =>
            {
                if (++renewals == 5)
                    renewedOften.SetResult();
                return Task.FromResult(true);
            },
            cancellation => renewedOften.Task.WaitAsync(TimeSpan.FromSeconds(10), cancellation),
            NullLogger.Instance,
            CancellationToken.None);
    }
}
