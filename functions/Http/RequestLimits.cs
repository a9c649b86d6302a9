using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>How large a request may be, how slowly it may arrive, and how long its work may take.</summary>
public static class RequestLimits
{
    private static readonly object DeadlineKey = new();
    private static readonly object LateKey = new();

    public static IServiceCollection AddRequestLimits(this IServiceCollection services) =>
        services
            .AddSingleton<RequestsAtOnce>()
            .AddScoped<LargeTurn>()
            .AddSingleton<DeadlineConverter>()
            .Configure<WorkerOptions>(options => options.InputConverters.RegisterAt<DeadlineConverter>(0))
            .Configure<KestrelServerOptions>(options =>
            {
                options.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
                options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            });

    /// <summary>Lets a body be this large and no larger. The problem with one that says it is; else null.</summary>
    public static Problem? LimitBody(HttpContext http, long bytesMax)
    {
        if (http.Request.ContentLength > bytesMax)
            return Problems.TooLarge(bytesMax);
        // A body that does not say how large it is fails while it is read.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = bytesMax;
        return null;
    }

    /// <summary>What <see cref="LimitBody"/> set.</summary>
    public static long? BodyBytesMax(HttpContext http) =>
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;

    /// <summary>
    /// Runs the rest, and gives it up after a while: its cancellation token is cancelled, and the answer is 504.
    /// </summary>
    public static async Task RunAsync(
        FunctionContext context, HttpContext http, TimeSpan limit, FunctionExecutionDelegate next)
    {
        using var late = new CancellationTokenSource(limit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, http.RequestAborted, late.Token);
        context.Items[LateKey] = late.Token;
        context.Items[DeadlineKey] = either.Token;
        var turn = context.InstanceServices.GetRequiredService<LargeTurn>();
        turn.BelongTo(http);
        try
        {
            await next(context);
            // A client that reads slowly keeps the bytes of its answer, and not the turn.
            if (turn.IsTaken && context.GetInvocationResult() is { Value: IResult and not CapturedAnswer } result)
                result.Value = await CapturedAnswer.OfAsync(http, (IResult)result.Value);
        }
        catch (OperationCanceledException)
            when (late.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested
                && !http.Response.HasStarted)
        {
            context.GetInvocationResult().Value = Problems.TimedOut(limit);
        }
        finally
        {
            turn.Leave();
        }
    }

    /// <summary>
    /// Until the result is disposed of, only the time limit of <see cref="RunAsync"/> ends the request, and no client
    /// that hangs up.
    /// </summary>
    public static IDisposable GoOnWithoutClient(FunctionContext context, HttpContext http)
    {
        var aborted = http.RequestAborted;
        http.RequestAborted = CancellationToken.None;
        context.Items[DeadlineKey] = context.Items[LateKey];
        return new Restoring(() => http.RequestAborted = aborted);
    }

    private sealed class Restoring(Action restore) : IDisposable
    {
        public void Dispose() => restore();
    }

    /// <summary>Makes the token of <see cref="RunAsync"/> the one that the function is given.</summary>
    internal sealed class DeadlineConverter : IInputConverter
    {
        public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) =>
            new(context.TargetType == typeof(CancellationToken)
                && context.FunctionContext.Items.TryGetValue(DeadlineKey, out var token)
                    ? ConversionResult.Success(token)
                    : ConversionResult.Unhandled());
    }
}

/// <summary>Counts the requests that this process works on, by organization, so that none takes all of it.</summary>
public sealed class RequestsAtOnce
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, int> running = [];

    /// <summary>False when the organization has as many under way already; else <see cref="Leave"/> follows.</summary>
    public bool TryEnter(Guid organization, int most)
    {
        lock (gate)
        {
            var now = running.GetValueOrDefault(organization);
            if (now >= most)
                return false;
            running[organization] = now + 1;
            return true;
        }
    }

    public void Leave(Guid organization)
    {
        lock (gate)
        {
            if (--running[organization] == 0)
                running.Remove(organization);
        }
    }
}
