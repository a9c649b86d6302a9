using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>
/// Carries a POST with an <c>Idempotency-Key</c> out once, and answers those who send it again within 24 hours as the
/// first time. Keys are the caller's own, so that those of callers without a credential are not looked at.
/// </summary>
public sealed class IdempotencyMiddleware(RouteTable routes) : IFunctionsWorkerMiddleware
{
    public const string Header = "Idempotency-Key";

    private const int KeyLengthMax = 255;
    private const int BodyLengthMax = 1024 * 1024;

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http
            || !routes[context.FunctionDefinition.Name].TakesIdempotencyKey
            || http.Request.Headers[Header] is not { Count: > 0 } keys
            || context.InstanceServices.GetRequiredService<CurrentCaller>().Value is not { IsAnonymous: false } caller)
        {
            await next(context);
            return;
        }

        var result = context.GetInvocationResult();
        if (keys is not [{ } key] || key.Length is 0 or > KeyLengthMax || key.Any(c => c is < '!' or > '~'))
        {
            result.Value = Problems.Malformed(
                $"Expected one Idempotency-Key of 1 to {KeyLengthMax} visible ASCII characters.");
            return;
        }

        var request = await RequestOfAsync(http, key, caller);
        // Just who hangs up asks again, and is to find the work done.
        using var goingOn = RequestLimits.GoOnWithoutClient(context, http);
        var store = context.InstanceServices.GetRequiredService<IdempotencyStore>();
        var state = await store.ClaimAsync(request, http.RequestAborted);
        result.Value = state.Claim is { } claim
            ? await CarryOutAsync(context, next, http, store, claim)
            : AnswerAgain(http, state);
    }

    private static async Task<IdempotentRequest> RequestOfAsync(HttpContext http, string key, Caller caller)
    {
        var callerId = caller.Id ?? Guid.Empty;
        var path = http.Request.Path.ToString();
        return new(
            callerId, SHA256.HashData(Encoding.UTF8.GetBytes(key)), http.Request.Method,
            ShownText.Shorten(path, 2048),
            await RequestFingerprint.OfAsync(http.Request, key, callerId, http.RequestAborted));
    }

    // A key is let go only when nothing was changed. What failed for a passing reason is then tried again under it;
    // what failed after a change would be done twice.
    private async Task<object?> CarryOutAsync(
        FunctionContext context, FunctionExecutionDelegate next, HttpContext http, IdempotencyStore store, Guid claim)
    {
        var scope = context.InstanceServices.GetRequiredService<OrganizationScope>();
        var writes = scope.Writes;
        var isKept = false;
        try
        {
            await next(context);
            if (context.GetInvocationResult().Value is not IResult result)
                return context.GetInvocationResult().Value;

            var answer = await CapturedAnswer.OfAsync(http, result);
            if (answer.Status is < 500 and not 429)
            {
                await store.KeepAsync(claim, Keepable(context, answer), CancellationToken.None);
                isKept = true;
            }
            return answer;
        }
        finally
        {
            if (!isKept)
                await (scope.Writes == writes
                    ? store.ReleaseAsync(claim, CancellationToken.None)
                    : store.AbandonAsync(claim, CancellationToken.None));
        }
    }

    private KeptAnswer Keepable(FunctionContext context, CapturedAnswer answer)
    {
        var isSecret = answer.Status < 300 && routes[context.FunctionDefinition.Name].Operation.ShowsSecret;
        return new(
            (short)answer.Status, answer.Headers, isSecret || answer.Body.Length > BodyLengthMax ? null : answer.Body);
    }

    private static IResult AnswerAgain(HttpContext http, IdempotencyState state)
    {
        if (!state.SameRequest)
            return Problems.Invalid(Header, "expected a key that no other request was sent with");
        if (state.IsUnderWay)
            return Problems.Conflict("The request with this Idempotency-Key is under way.") with { RetryAfter = 1 };
        if (state.Answer is not { } answer)
            return Problems.Conflict(
                "The request with this Idempotency-Key ended without an answer, and may have been carried out. "
                + "See what is there; to send it once more, choose another key.");
        if (answer.Body is { } body)
            return new CapturedAnswer(answer.Status, answer.Headers, body, IsReplay: true);

        http.Response.Headers.Location = (string?)answer.Headers["Location"];
        return Problems.Conflict(
            "The request was carried out. Its answer is not kept, because it shows a secret or is long.");
    }
}
