using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Context.Features;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// Runs functions: a scope of services and a context each, the app's middleware around it, the time limit of
/// <c>host.json</c>, outputs, and the two log lines of the real host.
/// </summary>
internal sealed partial class FunctionPipeline(
    IServiceScopeFactory scopes,
    HostSettings settings,
    ILoggerFactory loggers,
    TimeProvider time,
    IEnumerable<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware,
    IFunctionActivator? activator = null)
{
    private readonly FunctionExecutionDelegate run = middleware.Reverse().Aggregate(
        (FunctionExecutionDelegate)(context => ExecuteAsync(context, activator)), (next, wrap) => wrap(next));

    /// <summary>The function's result, as middleware left it.</summary>
    /// <exception cref="FunctionTimeoutException">
    /// It took too long; it has been cancelled and may still be running.
    /// </exception>
    public async Task<object?> RunAsync(Invocation invocation)
    {
        var limit = settings.FunctionTimeout;
        if (!invocation.Function.Trigger.IsTimed || limit == Timeout.InfiniteTimeSpan)
            return await RunLoggedAsync(invocation, invocation.Cancellation);

        var timeout = new CancellationTokenSource(limit, time);
        var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, invocation.Cancellation);
        var running = RunLoggedAsync(invocation, either.Token);
        try
        {
            return await running.WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            LogTimeout(
                loggers.CreateLogger($"Function.{invocation.Function.Name}"), limit, invocation.Function.Name,
                invocation.Id);
            // Its own end, and what it then throws, is logged by RunLoggedAsync.
            _ = running.ContinueWith(
                static ended => ended.Exception, CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new FunctionTimeoutException(invocation.Function.Name, limit);
        }
        finally
        {
            if (running.IsCompleted)
            {
                either.Dispose();
                timeout.Dispose();
            }
        }
    }

    private async Task<object?> RunLoggedAsync(Invocation invocation, CancellationToken cancellation)
    {
        var name = invocation.Function.Name;
        var logger = loggers.CreateLogger($"Function.{name}");
        using var span = HostTraces.Run(invocation);
        LogExecuting(logger, name, invocation.Reason, invocation.Id);
        var started = Stopwatch.GetTimestamp();
        try
        {
            var result = await RunScopedAsync(invocation, cancellation);
            LogExecuted(logger, name, invocation.Id, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            return result;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            LogCancelled(logger, name, invocation.Id, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            throw;
        }
        catch (Exception error)
        {
            span?.SetStatus(ActivityStatusCode.Error, error.Message);
            LogFailed(
                logger, UnreadableException.Readable(error), name, invocation.Id,
                (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            throw;
        }
    }

    private async Task<object?> RunScopedAsync(Invocation invocation, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = new LocalFunctionContext(invocation.Function, invocation, scope.ServiceProvider, cancellation);
        var bindings = new FunctionBindings(context);
        context.Features.Set<IFunctionBindingsFeature>(bindings);
        invocation.Prepare?.Invoke(context);

        await run(context);
        await invocation.Function.Outputs.WriteAsync(context, bindings);
        if (invocation.Complete is not null)
            await invocation.Complete(bindings);
        return bindings.InvocationResult;
    }

    /// <summary>The innermost step: arguments, the call, and its result to where it goes.</summary>
    private static async Task ExecuteAsync(FunctionContext functionContext, IFunctionActivator? activator)
    {
        var context = (LocalFunctionContext)functionContext;
        var bindings = (FunctionBindings)context.Features.Get<IFunctionBindingsFeature>()!;
        var arguments = await bindings.BindAllAsync();
        bindings.InvocationResult = await context.Function.Call.InvokeAsync(context, activator, arguments);
        context.Function.Outputs.Distribute(bindings);
    }

    [LoggerMessage(
        LogLevel.Error,
        "Timeout value of {Limit} was exceeded by function: Functions.{Function} (Id={InvocationId}); it is cancelled")]
    private static partial void LogTimeout(ILogger logger, TimeSpan limit, string function, string invocationId);

    [LoggerMessage(LogLevel.Information, "Executing 'Functions.{Function}' (Reason='{Reason}', Id={InvocationId})")]
    private static partial void LogExecuting(ILogger logger, string function, string reason, string invocationId);

    [LoggerMessage(
        LogLevel.Information,
        "Executed 'Functions.{Function}' (Succeeded, Id={InvocationId}, Duration={Milliseconds}ms)")]
    private static partial void LogExecuted(ILogger logger, string function, string invocationId, long milliseconds);

    [LoggerMessage(
        LogLevel.Information,
        "Executed 'Functions.{Function}' (Cancelled, Id={InvocationId}, Duration={Milliseconds}ms)")]
    private static partial void LogCancelled(ILogger logger, string function, string invocationId, long milliseconds);

    [LoggerMessage(
        LogLevel.Error, "Executed 'Functions.{Function}' (Failed, Id={InvocationId}, Duration={Milliseconds}ms)")]
    private static partial void LogFailed(
        ILogger logger, Exception error, string function, string invocationId, long milliseconds);
}
