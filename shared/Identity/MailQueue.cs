using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>
/// Sends mail behind the request that asked for it, so that nothing of the answer, its time included, depends on
/// whether there is somebody to send it to. What waits when the process ends is asked for again by whoever misses it.
/// </summary>
public sealed class MailQueue(IServiceScopeFactory scopes, ILogger<MailQueue> logger) : BackgroundService
{
    private const int WaitingMax = 1000;
    private const int AttemptsMax = 3;

    private readonly Channel<Work> waiting = Channel.CreateBounded<Work>(WaitingMax);

    /// <summary>To the owner of an account with this address, if there is one. False when too much waits.</summary>
    public bool TryAddPasswordReset(string email) => waiting.Writer.TryWrite(new(null, email));

    /// <summary>To this person. False when too much waits.</summary>
    public bool TryAddVerification(Guid userId) => waiting.Writer.TryWrite(new(userId, null));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var work in waiting.Reader.ReadAllAsync(stoppingToken))
            for (var attempt = 1; attempt <= AttemptsMax; attempt++)
                try
                {
                    await SendAsync(work, stoppingToken);
                    break;
                }
                catch (Exception e) when (e is MailException or DatabaseUnavailableException)
                {
                    logger.LogWarning(e, "Mail did not go out at attempt {Attempt}", attempt);
                    await Task.Delay(TimeSpan.FromSeconds(attempt), stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    logger.LogError(e, "Mail could not be written");
                    break;
                }
    }

    private async Task SendAsync(Work work, CancellationToken cancellation)
    {
        await using var services = scopes.CreateAsyncScope();
        if (work.UserId is { } user)
            services.ServiceProvider.GetRequiredService<OrganizationScope>().Recognize(user);
        var mail = services.ServiceProvider.GetRequiredService<AccountMail>();
        await (work.UserId is { } id
            ? mail.SendVerificationAsync(id, cancellation)
            : mail.SendPasswordResetAsync(work.Email!, cancellation));
    }

    private sealed record Work(Guid? UserId, string? Email);
}
