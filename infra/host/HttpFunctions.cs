using System.Diagnostics;
using System.Globalization;
using System.Net;
using Assay.Hosting.Rpc;
using Microsoft.AspNetCore.Routing.Matching;
using Yarp.ReverseProxy.Forwarder;

namespace Assay.Hosting;

/// <summary>Runs HTTP functions: the request goes to the worker's own web server, the invocation to its stream.</summary>
internal sealed class HttpFunctions(
    HostSettings settings, Workers workers, Func<Task<WebJobsHost>> jobs, HostKeys keys, IHttpForwarder forwarder, ILoggerFactory loggers)
    : IDisposable
{
    /// <summary>Bytes of a request's body.</summary>
    public const long BodyMax = 104_857_600;

    // A function that ignores its cancellation this long after its time was up costs the worker its life.
    private static readonly TimeSpan TimeoutGrace = TimeSpan.FromSeconds(5);

    private static readonly ForwarderRequestConfig Unlimited = new() { ActivityTimeout = Timeout.InfiniteTimeSpan };

    private readonly HttpMessageInvoker client = new(new SocketsHttpHandler
    {
        UseProxy = false, AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(15),
    });

    public void Map(IEndpointRouteBuilder routes, FunctionDescription function)
    {
        var logger = loggers.CreateLogger($"Function.{function.Name}");
        var prefix = settings.RoutePrefix.Length > 0 ? $"/{settings.RoutePrefix}" : "";
        routes.Map($"{prefix}/{function.Route}", context => AnswerAsync(context, function, logger))
            .WithMetadata(new ServedMethods(function.Methods)).WithDisplayName(function.Name);
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
            return;
        }

        var id = Guid.NewGuid().ToString();
        var began = Stopwatch.GetTimestamp();
        Lines.Executing(logger, function.Name, id);
        var error = await TryInvokeAsync(context, function, id, logger);
        var elapsed = (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        if (error is null)
            Lines.Executed(logger, function.Name, id, elapsed);
        else
            Lines.Failed(logger, function.Name, id, elapsed, error);
    }

    /// <returns>Null, or why the function has no answer of its own; the client then gets an empty 500.</returns>
    private async Task<string?> TryInvokeAsync(HttpContext context, FunctionDescription function, string id, ILogger logger)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            var worker = await workers.GetAsync(ending.Token);
            if (settings.FunctionTimeout is { } timeout)
                ending.CancelAfter(timeout);
            if (worker.HttpAddress is not { } address)
                throw new HostConfigurationException("The app has no web server: its Program.cs has to call ConfigureFunctionsWebApplication().");
            var (request, span) = Invocations.Start(function, id, context.Request);
            using var _ = span;
            await PrepareAsync(context, function, request, ending.Token);

            context.Request.Headers["x-ms-invocation-id"] = id;
            var invocation = worker.InvokeAsync(request, ending.Token);
            var transformer = new InvocationTransformer(invocation);
            var forwarding = forwarder.SendAsync(context, address.ToString(), client, Unlimited, transformer, ending.Token);
            var outcome = await forwarding;
            if (IsOver(context, ending))
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

    private static bool IsOver(HttpContext context, CancellationTokenSource ending) =>
        ending.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested;

    // Time is up: the worker has been asked to cancel.
    private async Task<string> LetGoAsync(
        WorkerChannel worker, FunctionDescription function, Task<InvocationResponse> invocation, string id, ILogger logger)
    {
        var message = $"Timeout value of {settings.FunctionTimeout} exceeded by function 'Functions.{function.Name}' (Id: '{id}').";
        logger.LogError("{Message} Initiating cancellation.", message);
        _ = Task.Run(async () =>
        {
            if (await Task.WhenAny(invocation, Task.Delay(TimeoutGrace)) == invocation)
                return;
            logger.LogError("Function 'Functions.{Name}' (Id: '{Id}') does not end; its worker is replaced.", function.Name, id);
            workers.Replace(worker);
        });
        await Task.WhenAny(invocation, Task.Delay(TimeSpan.FromMilliseconds(100)));
        return message;
    }

    private async Task PrepareAsync(
        HttpContext context, FunctionDescription function, InvocationRequest request, CancellationToken cancellation)
    {
        var http = new RpcHttp();
        foreach (var (name, value) in context.Request.RouteValues)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            http.NullableParams[name] = new NullableString { Value = text };
            request.TriggerMetadata[name] = new TypedData { String = text };
        }

        request.InputData.Add(new Rpc.ParameterBinding
        {
            Name = FunctionDescription.NameOf(function.Trigger!), Data = new TypedData { Http = http },
        });
        if (function.Inputs.Any())
            await (await jobs()).BindInputsAsync(
                function, request, name => context.Request.RouteValues[name]?.ToString(), cancellation);
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

    /// <summary>Tells the worker whom it serves, and holds an answer that may stand for a failure until that is known.</summary>
    private sealed class InvocationTransformer(Task<InvocationResponse> invocation) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
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
                && (await invocation.WaitAsync(cancellationToken)).Result is { Status: not StatusResult.Types.Status.Success })
                return false;
            return await Default.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }
    }

    private static class Lines
    {
        public static void Executing(ILogger logger, string name, string id)
        {
            if (logger.IsEnabled(LogLevel.Information))
                logger.LogInformation("Executing 'Functions.{Name}' (Reason='This function was programmatically called via the host APIs.', Id={Id})", name, id);
        }

        public static void Executed(ILogger logger, string name, string id, long elapsed)
        {
            if (logger.IsEnabled(LogLevel.Information))
                logger.LogInformation("Executed 'Functions.{Name}' (Succeeded, Id={Id}, Duration={Duration}ms)", name, id, elapsed);
        }

        public static void Failed(ILogger logger, string name, string id, long elapsed, string error) =>
            logger.LogError("Executed 'Functions.{Name}' (Failed, Id={Id}, Duration={Duration}ms)\n{Error}", name, id, elapsed, error);
    }
}

/// <summary>The methods that a function serves; none means any.</summary>
internal sealed record ServedMethods(IReadOnlyList<string> Methods);

/// <summary>A wrong method is an unknown route, 404, where ASP.NET Core itself would answer 405.</summary>
internal sealed class ServedMethodsPolicy : MatcherPolicy, IEndpointSelectorPolicy
{
    public override int Order => -1000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
        endpoints.Any(one => one.Metadata.GetMetadata<ServedMethods>() is { Methods.Count: > 0 });

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
            if (candidates.IsValidCandidate(i)
                && candidates[i].Endpoint.Metadata.GetMetadata<ServedMethods>() is { Methods: { Count: > 0 } served }
                && !served.Contains(httpContext.Request.Method, StringComparer.OrdinalIgnoreCase))
                candidates.SetValidity(i, false);
        return Task.CompletedTask;
    }
}
