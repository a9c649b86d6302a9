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
    public bool TryAddPasswordReset(string email) =>
        TryAdd(null, (mail, stop) => mail.SendPasswordResetAsync(email, stop));

    /// <summary>To this person. False when too much waits.</summary>
    public bool TryAddVerification(Guid userId) =>
        TryAdd(userId, (mail, stop) => mail.SendVerificationAsync(stop));

    /// <summary>To the address that an account is to have, and to the one it has. False when too much waits.</summary>
    public bool TryAddEmailChange(Guid userId, string present, string wanted) =>
        TryAdd(userId, (mail, stop) => mail.SendEmailChangeAsync(wanted, stop))
        && TryAdd(null, (mail, stop) => mail.SendEmailChangeNoticeAsync(present, wanted, stop));

    /// <summary>To whom an organization invites. False when too much waits.</summary>
    public bool TryAddInvitation(InvitationLetter letter) =>
        TryAdd(null, (mail, stop) => mail.SendInvitationAsync(letter, stop));

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

    private bool TryAdd(Guid? userId, Func<AccountMail, CancellationToken, Task> send) =>
        waiting.Writer.TryWrite(new(userId, send));

    private async Task SendAsync(Work work, CancellationToken cancellation)
    {
        await using var services = scopes.CreateAsyncScope();
        if (work.UserId is { } user)
            services.ServiceProvider.GetRequiredService<OrganizationScope>().Recognize(user);
        await work.Send(services.ServiceProvider.GetRequiredService<AccountMail>(), cancellation);
    }

    /// <param name="UserId">Who acts; null for nobody.</param>
    private sealed record Work(Guid? UserId, Func<AccountMail, CancellationToken, Task> Send);
}
