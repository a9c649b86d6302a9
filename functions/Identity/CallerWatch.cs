using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// Looks again at the credential of a request that goes on after its function has returned, so that an answer in many
/// parts ends soon after its caller's right to it: the credential, the membership behind it, its role and its scopes.
/// </summary>
public sealed class CallerWatch(Authentication authentication, TimeProvider time)
{
    // With the second for which a caller is remembered, and the time of a look, this stays well below five seconds.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private HttpRequest? request;
    private Caller caller = Caller.Anonymous;
    private string permission = Permissions.Anyone;

    /// <summary>The caller was let in with a permission.</summary>
    internal void Admitted(HttpRequest request, Caller caller, string permission) =>
        (this.request, this.caller, this.permission) = (request, caller, permission);

    /// <summary>Cancels once the caller would not be let in any more, or cannot be looked up.</summary>
    public async Task CancelAsync(CancellationTokenSource answer)
    {
        try
        {
            while (await IsAdmittedAsync(answer.Token))
                await Task.Delay(Step, time, answer.Token);
        }
        finally
        {
            await answer.CancelAsync();
        }
    }

    private async Task<bool> IsAdmittedAsync(CancellationToken cancellation)
    {
        var (now, _) = await authentication.RecognizeAsync(request!, permission, cancellation);
        return now is not null && now.May(permission)
            && (now.Kind, now.Id, now.OrganizationId) == (caller.Kind, caller.Id, caller.OrganizationId);
    }
}
