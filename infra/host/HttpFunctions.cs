using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Assay.Hosting.Rpc;
using Yarp.ReverseProxy.Forwarder;

namespace Assay.Hosting;

/// <summary>Runs HTTP functions: the request goes to the worker's web server, the invocation to its stream.</summary>
internal sealed partial class HttpFunctions(
    HostSettings settings, Workers workers, Func<Task<WebJobsHost>> jobs, HostKeys keys, IHttpForwarder forwarder,
    ILoggerFactory loggers)
    : IDisposable
{
    /// <summary>Bytes of a request's body.</summary>
    public const long BodyMax = 104_857_600;

    // A function that ignores its cancellation this long after its time was up costs the worker its life.
    private static readonly TimeSpan TimeoutGrace = TimeSpan.FromSeconds(5);

    private static readonly ForwarderRequestConfig Unlimited = new() { ActivityTimeout = Timeout.InfiniteTimeSpan };

    private readonly HttpMessageInvoker client = new(new SocketsHttpHandler
    {
        UseProxy = false, AllowAutoRedirect = false, UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = TimeSpan.FromSeconds(15),
        // As Kestrel reads them, which lets through what is not ASCII.
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        // The worker's part of the trace hangs below the invocation, not beside it.
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
    });

    public void Map(IEndpointRouteBuilder routes, FunctionDescription function)
    {
        var logger = loggers.CreateLogger($"Function.{function.Name}");
        var route = $"{settings.RoutePrefix}/{function.Route}";
        async Task AnswerDescribedAsync(HttpContext context)
        {
            await AnswerAsync(context, function, logger);
            HostTelemetry.Describe(context, route);
        }

        var endpoint = function.Methods.Count > 0
            ? routes.MapMethods(route, function.Methods, AnswerDescribedAsync)
            : routes.Map(route, AnswerDescribedAsync);
        endpoint.WithDisplayName(function.Name);
    }

    public void Dispose() => client.Dispose();

    private async Task AnswerAsync(HttpContext context, FunctionDescription function, ILogger logger)
    {
        if (!keys.Allow(context.Request, function))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (context.Request.ContentLength > BodyMax)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            await context.Response.WriteAsync(
                string.Create(CultureInfo.InvariantCulture, $"A body has at most {BodyMax:N0} bytes.\n"));
            return;
        }

        var id = Guid.NewGuid().ToString();
        var began = Stopwatch.GetTimestamp();
        LogExecuting(logger, function.Name, id);
        var error = await TryInvokeAsync(context, function, id, logger);
        var elapsed = (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        if (error is null)
            LogExecuted(logger, function.Name, id, elapsed);
        else
            LogFailed(logger, function.Name, id, elapsed, error);
    }

    /// <returns>Null, or why the function has no answer of its own; the client then gets an empty 500.</returns>
    private async Task<string?> TryInvokeAsync(
        HttpContext context, FunctionDescription function, string id, ILogger logger)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            var worker = await workers.GetAsync(ending.Token);
            if (settings.FunctionTimeout is { } timeout)
                ending.CancelAfter(timeout);
            var address = worker.HttpAddress ?? throw new HostConfigurationException(
                "The app has no web server: its Program.cs has to call ConfigureFunctionsWebApplication().");
            var (request, span) = Invocations.Start(function, id, context.Request);
            using var _ = span;
            await PrepareAsync(context, function, request, ending.Token);

            context.Request.Headers["x-ms-invocation-id"] = id;
            var invocation = worker.InvokeAsync(request, ending.Token);
            var outcome = await forwarder.SendAsync(
                context, address, client, Unlimited, new InvocationTransformer(invocation), ending.Token);
            if (ending.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
                return Fail(context, await LetGoAsync(worker, function, invocation, id, logger));
            if (outcome != ForwarderError.None && RefusalOf(context) is { } status)
            {
                context.Response.StatusCode = status;
                return $"The request's body cannot be read ({status}).";
            }

            var response = await invocation;
            response.ThrowIfFailed();
            if (function.Outputs.Any())
                await (await jobs()).WriteOutputsAsync(function, response, CancellationToken.None);
            return outcome == ForwarderError.None || context.RequestAborted.IsCancellationRequested
                ? null : Fail(context, $"The worker's answer cannot be passed on ({outcome}).");
        }
        catch (Exception error)
        {
            return Fail(context, error.Message);
        }
    }

    // Time is up: the worker has been asked to cancel.
    private async Task<string> LetGoAsync(
        WorkerChannel worker, FunctionDescription function, Task invocation, string id, ILogger logger)
    {
        var message = $"Timeout value of {settings.FunctionTimeout} exceeded by function "
            + $"'Functions.{function.Name}' (Id: '{id}').";
        logger.LogError("{Message} Initiating cancellation.", message);
        _ = Task.Run(async () =>
        {
            if (await Task.WhenAny(invocation, Task.Delay(TimeoutGrace)) == invocation)
                return;
            logger.LogError(
                "Function 'Functions.{Name}' (Id: '{Id}') does not end; its worker is replaced.", function.Name, id);
            workers.Replace(worker);
        });
        await Task.WhenAny(invocation, Task.Delay(TimeSpan.FromMilliseconds(100)));
        return message;
    }

    private async Task PrepareAsync(
        HttpContext context, FunctionDescription function, InvocationRequest request, CancellationToken cancellation)
    {
        // A parameter of the function may take its value from the query; the route goes before it.
        foreach (var (name, values) in context.Request.Query)
            request.TriggerMetadata[name] = new TypedData { String = values.ToString() };
        var http = new RpcHttp();
        foreach (var (name, value) in context.Request.RouteValues)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            http.NullableParams[name] = new NullableString { Value = text };
            request.TriggerMetadata[name] = new TypedData { String = text };
        }

        request.AddInput(function.Trigger!, new TypedData { Http = http });
        if (function.Inputs.Any())
            await (await jobs()).BindInputsAsync(function, request, context.Request.RouteValues, cancellation);
    }

    private static int? RefusalOf(HttpContext context) =>
        context.Response.HasStarted ? null : context.Features.Get<IForwarderErrorFeature>() switch
        {
            { Exception: BadHttpRequestException bad } => bad.StatusCode,
            { Exception.InnerException: BadHttpRequestException bad } => bad.StatusCode,
            { Error: ForwarderError.RequestBodyClient } => StatusCodes.Status400BadRequest,
            _ => null,
        };

    private static string Fail(HttpContext context, string error)
    {
        if (context.Response.HasStarted)
        {
            // What has been sent may look whole; it must not.
            context.Abort();
        }
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }

        return error;
    }

    [LoggerMessage(LogLevel.Information, "Executing 'Functions.{name}' "
        + "(Reason='This function was programmatically called via the host APIs.', Id={id})")]
    private static partial void LogExecuting(ILogger logger, string name, string id);

    [LoggerMessage(LogLevel.Information, "Executed 'Functions.{name}' (Succeeded, Id={id}, Duration={elapsed}ms)")]
    private static partial void LogExecuted(ILogger logger, string name, string id, long elapsed);

    [LoggerMessage(LogLevel.Error, "Executed 'Functions.{name}' (Failed, Id={id}, Duration={elapsed}ms)\n{error}")]
    private static partial void LogFailed(ILogger logger, string name, string id, long elapsed, string error);

    /// <summary>
    /// Tells the worker whom it serves, and holds an answer that may stand for a failure until that is known.
    /// </summary>
    private sealed class InvocationTransformer(Task<InvocationResponse> invocation) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix,
            CancellationToken cancellationToken)
        {
            await Default.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
            Set("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString());
            Set("X-Forwarded-Proto", httpContext.Request.Scheme);
            Set("X-Forwarded-Host", httpContext.Request.Host.Value);

            void Set(string name, string? value)
            {
                proxyRequest.Headers.Remove(name);
                if (value is { Length: > 0 })
                    proxyRequest.Headers.TryAddWithoutValidation(name, value);
            }
        }

        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
        {
            // A function that threw leaves an empty 200 behind.
            if (proxyResponse is { StatusCode: HttpStatusCode.OK, Content.Headers.ContentLength: null or 0 }
                && proxyResponse.Content.Headers.ContentType is null
                && (await invocation.WaitAsync(cancellationToken)).Result
                    is { Status: not StatusResult.Types.Status.Success })
                return false;
            return await Default.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }
    }
}
