using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>What every request passes before and around its function.</summary>
internal static partial class HttpPipeline
{
    public static void Use(WebApplication app)
    {
        var state = app.Services.GetRequiredService<HostState>();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Host.Http");
        app.Use(next => http => HostTraces.DescribeAsync(http, next));
        app.Use(next => http => GuardAsync(http, next, logger));
        if (!state.IsRunning)
        {
            HostEndpoints.MapStatus(app);
            app.UseRouting();
            app.Use(next => http => http.GetEndpoint() is null ? RefuseAsync(http) : next(http));
            return;
        }

        app.UseRouting();
        HostEndpoints.Map(app);
        ((IEndpointRouteBuilder)app).DataSources.Add(
            new DefaultEndpointDataSource(app.Services.GetRequiredService<HttpFunctions>().Endpoints()));
    }

    /// <summary>What nothing else caught is an empty answer: the error is for the log, not for the client.</summary>
    private static async Task GuardAsync(HttpContext http, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            LogAborted(logger, http.Request.Method, http.Request.Path);
        }
        catch (Exception error)
        {
            // The pipeline logs what a function throws; this names the request that it happened to.
            LogUnhandled(logger, http.Request.Method, http.Request.Path, error.Message);
            if (http.Response.HasStarted)
            {
                http.Abort();
                return;
            }

            http.Response.Clear();
            http.Response.StatusCode = (error as BadHttpRequestException)?.StatusCode
                ?? StatusCodes.Status500InternalServerError;
        }
    }

    private static Task RefuseAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsync("Function host is not running.");
    }

    [LoggerMessage(LogLevel.Debug, "{Method} {Path} was aborted by its client")]
    private static partial void LogAborted(ILogger logger, string method, string path);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed: {Error}")]
    private static partial void LogUnhandled(ILogger logger, string method, string path, string error);
}
