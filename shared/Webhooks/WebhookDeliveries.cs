using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// Delivers messages for as long as some are due. Sending waits for others' machines, so many are sent at a time, and
/// none of them holds a place that other work needs.
/// </summary>
public sealed class WebhookDeliveries(
    WebhookBacklog backlog, WebhookSender sender, IOptions<WebhookOptions> options, TimeProvider time)
{
    /// <summary>Less than the host lets a function run; the timer begins again.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    /// <summary>How long a new message waits while others are being sent.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>Returns when nothing is due any more, or when it is to stop, and nothing is being sent.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var sending = new List<Task<Delivery>>();
        var failing = 0;
        while (true)
        {
            var done = sending.FindAll(task => task.IsCompleted);
            sending.RemoveAll(done.Contains);
            var ended = await Task.WhenAll(done);
            failing -= ended.Count(delivery => delivery.Message.Failing);
            if (ended.Length > 0)
                await backlog.RecordAsync(ended, CancellationToken.None);

            if (!cancellation.IsCancellationRequested && time.GetElapsedTime(began) < Longest)
            {
                var claimed = await ClaimAsync(sending.Count, failing);
                failing += claimed.Count(message => message.Failing);
                sending.AddRange(claimed.Select(message => sender.SendAsync(message, cancellation)));
            }
            if (sending.Count == 0)
                return;
            await Task.WhenAny([.. sending, Task.Delay(Look, time, CancellationToken.None)]);
        }
    }

    private async Task<IReadOnlyList<ClaimedMessage>> ClaimAsync(int sending, int failing) =>
        sending < options.Value.AtOnce
            ? await backlog.ClaimAsync(
                options.Value.AtOnce - sending, options.Value.FailingAtOnce - failing, CancellationToken.None)
            : [];
}
