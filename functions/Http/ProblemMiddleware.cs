using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay;

/// <summary>Turns what an HTTP function throws into a problem document, and logs what nobody foresaw.</summary>
public sealed class ProblemMiddleware(ILogger<ProblemMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        try
        {
            await next(context);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            // A client that hung up reads no answer.
            if (!http.RequestAborted.IsCancellationRequested)
                context.GetInvocationResult().Value = Answer(e, context, http);
        }
    }

    private Problem Answer(Exception exception, FunctionContext context, HttpContext http)
    {
        switch (exception)
        {
            case DatabaseUnavailableException:
                logger.LogWarning("{Function} found Postgres away: {Reason}",
                    context.FunctionDefinition.Name, exception.Message);
                return Problems.Unavailable("The database");
            case RequestFailedException { Status: 0 or >= 500 }:
            // Thrown once the client has retried as often as it was told to.
            case AggregateException { InnerException: RequestFailedException }:
                logger.LogWarning("{Function} found blob storage away: {Reason}",
                    context.FunctionDefinition.Name, exception.Message);
                return Problems.Unavailable("Blob storage");
            case SecretsUnavailableException:
                logger.LogWarning(exception, "{Function} found no key for secrets", context.FunctionDefinition.Name);
                return Problems.SecretsUnavailable(exception.Message);
            case PostgresException { ConstraintName: "grantor_has_the_role" }:
                return Problems.Forbidden("Your role in the organization has changed: you may not give this any more.");
            case IdentityProviderException:
                logger.LogWarning("{Function} ended at a provider: {Reason}",
                    context.FunctionDefinition.Name, exception.Message);
                return Problems.ProviderFailed(exception.Message);
            case RateLimitedException limited:
                return Problems.Limited(limited.Limit, limited.Reset);
            case CapReachedException:
                return Problems.CapReached(exception.Message);
            case BacklogFullException:
                return Problems.BacklogFull(exception.Message);
            case PasswordsBusyException:
                logger.LogWarning("{Function} was refused: {Reason}",
                    context.FunctionDefinition.Name, exception.Message);
                return Problems.Busy(exception.Message);
            case SecretUnreadableException:
                logger.LogError("{Function} found a secret that was changed or moved", context.FunctionDefinition.Name);
                return Problems.Conflict(exception.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Problems.TooLarge(RequestLimits.BodyBytesMax(http) ?? JsonBody.BytesMax);
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return Problems.TooSlow();
            case BadHttpRequestException bad:
                return Problems.Malformed(bad.Message);
            default:
                logger.LogError(exception, "{Function} failed", context.FunctionDefinition.Name);
                return Problems.Unexpected();
        }
    }
}
