using System.Text.Json;
using DurableTask.Core.Exceptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>The HTTP management API of orchestrations, with the original's payloads and status codes.</summary>
internal sealed class DurableWebhooks(DurableTaskClient client, InstanceStore instances, HistoryStore histories)
{
    const string Prefix = "/runtime/webhooks/durabletask";

    const string Continuation = "x-ms-continuation-token";

    const int PageSize = 100;

    const string NotJson = "Invalid JSON content";

    /// <summary>Maps the API where the engine is there.</summary>
    /// <param name="add">Adds one endpoint: method, pattern, handler.</param>
    public static void Map(IServiceProvider services, Action<string, string, RequestDelegate> add)
    {
        if (services.GetService<DurableTaskClient>() is null)
            return;
        var api = ActivatorUtilities.CreateInstance<DurableWebhooks>(services);
        Add("GET", "instances", api.ListAsync);
        Add("DELETE", "instances", api.PurgeAllAsync);
        Add("GET", "instances/{id}", OfInstance(api.ShowAsync));
        Add("DELETE", "instances/{id}", OfInstance(api.PurgeAsync));
        Add("POST", "instances/{id}/raiseEvent/{name}", OfInstance(api.RaiseAsync));
        Add("POST", "instances/{id}/terminate", OfInstance(api.TerminateAsync));
        Add("POST", "instances/{id}/suspend", OfInstance(api.SuspendAsync));
        Add("POST", "instances/{id}/resume", OfInstance(api.ResumeAsync));
        Add("POST", "instances/{id}/rewind", OfInstance(api.RewindAsync));
        Add("POST", "instances/{id}/restart", OfInstance(api.RestartAsync));
        Add("POST", "orchestrators/{name}", api.StartAsync);
        Add("POST", "orchestrators/{name}/{id}", api.StartAsync);

        void Add(string method, string path, RequestDelegate handle) =>
            add(method, $"{Prefix}/{path}", RefusingArguments(handle));
    }

    /// <summary>An id that no instance can have is an unknown one.</summary>
    static RequestDelegate OfInstance(RequestDelegate handle) => http =>
    {
        if (DurableClient.IsText(http.Route("id")))
            return handle(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    };

    static RequestDelegate RefusingArguments(RequestDelegate handle) => async http =>
    {
        try
        {
            await handle(http);
        }
        catch (ArgumentException refusal)
        {
            await RefuseAsync(http, refusal.Message);
        }
    };

    async Task ShowAsync(HttpContext http)
    {
        var found = await client.GetInstanceAsync(http.Route("id"), getInputsAndOutputs: true, http.RequestAborted);
        if (found is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        await SendAsync(http, found);
    }

    async Task SendAsync(HttpContext http, OrchestrationMetadata found)
    {
        var showInput = http.Flag("showInput") ?? true;
        var status = DurableStatus.Of(found, showInput);
        if (http.Flag("showHistory") == true)
        {
            var key = await instances.FindKeyAsync(found.InstanceId, http.RequestAborted);
            status["historyEvents"] = DurableStatus.History(
                await histories.LoadAllAsync(key!.Value, http.RequestAborted), showInput,
                http.Flag("showHistoryOutput") == true);
        }
        if (!found.IsCompleted)
        {
            http.Response.StatusCode = StatusCodes.Status202Accepted;
            http.Response.Headers.Location = http.Here();
            http.Response.Headers.RetryAfter = "5";
        }
        else if (found.RuntimeStatus == OrchestrationRuntimeStatus.Failed
            && http.Flag("returnInternalServerErrorOnFailure") == true)
        {
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        await http.Response.WriteAsJsonAsync(status, http.RequestAborted);
    }

    async Task ListAsync(HttpContext http)
    {
        var token = http.Request.Headers[Continuation].FirstOrDefault();
        if (!http.TryReadFilter(out var from, out var to, out var statuses))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        var query = new OrchestrationQuery(
            from, to, statuses, TaskHubNames: null, http.Query("instanceIdPrefix"),
            int.TryParse(http.Query("top"), out var top) && top > 0 ? top : PageSize, FetchInputsAndOutputs: true,
            string.IsNullOrEmpty(token) ? null : token);
        var page = await instances.QueryAsync(query, query.ContinuationToken, query.PageSize, http.RequestAborted);
        http.Response.Headers[Continuation] = page.ContinuationToken ?? "";
        var showInput = http.Flag("showInput") ?? true;
        await http.Response.WriteAsJsonAsync(
            page.Values.Select(found => DurableStatus.Of(found, showInput)), http.RequestAborted);
    }

    async Task PurgeAsync(HttpContext http)
    {
        var result = await client.PurgeInstanceAsync(http.Route("id"), http.RequestAborted);
        await SendPurgedAsync(http, result.PurgedInstanceCount);
    }

    async Task PurgeAllAsync(HttpContext http)
    {
        if (!http.TryReadFilter(out var from, out var to, out var statuses) || from is null)
        {
            await RefuseAsync(http, "Please provide value for 'createdTimeFrom' parameter.");
            return;
        }
        var result = await client.PurgeAllInstancesAsync(new(from, to, statuses), http.RequestAborted);
        await SendPurgedAsync(http, result.PurgedInstanceCount);
    }

    static Task SendPurgedAsync(HttpContext http, int count)
    {
        if (count == 0)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        return http.Response.WriteAsJsonAsync(new { instancesDeleted = count }, http.RequestAborted);
    }

    Task RaiseAsync(HttpContext http) => OnLiveAsync(http, async id =>
    {
        if (!http.Request.HasJsonContentType())
        {
            await RefuseAsync(http, "Only application/json request content is supported");
            return;
        }
        var (isJson, payload) = await http.ReadJsonAsync();
        if (!isJson)
        {
            await RefuseAsync(http, NotJson);
            return;
        }
        await client.RaiseEventAsync(id, http.Route("name"), payload, http.RequestAborted);
    });

    Task TerminateAsync(HttpContext http) => OnLiveAsync(
        http, id => client.TerminateInstanceAsync(id, (object?)http.Query("reason"), http.RequestAborted));

    Task SuspendAsync(HttpContext http) => OnLiveAsync(
        http, id => client.SuspendInstanceAsync(id, http.Query("reason"), http.RequestAborted));

    Task ResumeAsync(HttpContext http) => OnLiveAsync(
        http, id => client.ResumeInstanceAsync(id, http.Query("reason"), http.RequestAborted));

    async Task OnLiveAsync(HttpContext http, Func<string, Task> act)
    {
        var id = http.Route("id");
        var found = await client.GetInstanceAsync(id, http.RequestAborted);
        http.Response.StatusCode = found switch
        {
            null => StatusCodes.Status404NotFound,
            { IsCompleted: true } => StatusCodes.Status410Gone,
            _ => StatusCodes.Status202Accepted,
        };
        if (found is not { IsCompleted: false })
            return;
        try
        {
            await act(id);
        }
        catch (InvalidOperationException)
        {
            // It ended since.
            http.Response.StatusCode = StatusCodes.Status410Gone;
        }
    }

    /// <summary>A live instance has nothing to rewind, and goes on.</summary>
    async Task RewindAsync(HttpContext http)
    {
        var id = http.Route("id");
        var found = await client.GetInstanceAsync(id, http.RequestAborted);
        http.Response.StatusCode = found switch
        {
            null => StatusCodes.Status404NotFound,
            { IsCompleted: true, RuntimeStatus: not OrchestrationRuntimeStatus.Failed } => StatusCodes.Status410Gone,
            _ => StatusCodes.Status202Accepted,
        };
        if (found is not { RuntimeStatus: OrchestrationRuntimeStatus.Failed })
            return;
        try
        {
            await client.RewindInstanceAsync(id, http.Query("reason") ?? "", http.RequestAborted);
        }
        catch (InvalidOperationException)
        {
            // Others rewound it since.
        }
    }

    async Task RestartAsync(HttpContext http)
    {
        try
        {
            var again = await client.RestartAsync(
                http.Route("id"), http.Flag("restartWithNewInstanceId") ?? true, http.RequestAborted);
            await AnswerAsync(http, again);
        }
        catch (Exception refusal) when (refusal is InvalidOperationException or OrchestrationAlreadyExistsException)
        {
            // The original answers 500.
            await RefuseAsync(http, refusal.Message, StatusCodes.Status409Conflict);
        }
    }

    async Task StartAsync(HttpContext http)
    {
        var (isJson, input) = await http.ReadJsonAsync();
        if (!isJson)
        {
            await RefuseAsync(http, NotJson);
            return;
        }
        var id = http.Request.RouteValues.ContainsKey("id") ? http.Route("id") : null;
        try
        {
            var started = await client.ScheduleNewOrchestrationInstanceAsync(
                http.Route("name"), input, new StartOrchestrationOptions(id), http.RequestAborted);
            await AnswerAsync(http, started);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // What the original answers.
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    /// <summary>Waits for the end for as long as the request says; else says where to ask for it.</summary>
    async Task AnswerAsync(HttpContext http, string instanceId)
    {
        var ended = http.Seconds("timeout") is { } timeout && http.Seconds("pollingInterval") is { } interval
            ? await EndAsync(instanceId, timeout, interval, http.RequestAborted)
            : null;
        if (ended is null)
            await AcceptAsync(http, instanceId);
        else if (ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed)
            await http.Response.WriteAsJsonAsync(DurableStatus.Json(ended.SerializedOutput), http.RequestAborted);
        else
            await SendAsync(http, ended);
    }

    /// <summary>Null when it has not ended in time. The engine tells of the end, whatever the interval.</summary>
    async Task<OrchestrationMetadata?> EndAsync(
        string instanceId, TimeSpan timeout, TimeSpan interval, CancellationToken cancellation)
    {
        if (timeout < interval)
            throw new ArgumentException("The timeout must not be shorter than the polling interval.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            return await client.WaitForInstanceCompletionAsync(instanceId, getInputsAndOutputs: true, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    Task AcceptAsync(HttpContext http, string instanceId)
    {
        var root = $"{http.Request.Scheme}://{http.Request.Host}{Prefix}/instances/{Uri.EscapeDataString(instanceId)}";
        var code = http.Request.Query["code"].FirstOrDefault() is { } key ? $"code={Uri.EscapeDataString(key)}" : null;
        http.Response.StatusCode = StatusCodes.Status202Accepted;
        http.Response.Headers.Location = Address("");
        http.Response.Headers.RetryAfter = "10";
        return http.Response.WriteAsJsonAsync(
            new
            {
                id = instanceId, purgeHistoryDeleteUri = Address(""),
                sendEventPostUri = Address("/raiseEvent/{eventName}"),
                statusQueryGetUri = Address(""), terminatePostUri = Address("/terminate", "reason={{text}}"),
                suspendPostUri = Address("/suspend", "reason={{text}}"),
                resumePostUri = Address("/resume", "reason={{text}}"),
            },
            http.RequestAborted);

        string Address(string path, string? query = null)
        {
            var all = string.Join('&', new[] { query, code }.OfType<string>());
            return all.Length == 0 ? root + path : $"{root}{path}?{all}";
        }
    }

    static Task RefuseAsync(HttpContext http, string message, int status = StatusCodes.Status400BadRequest)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(
            new { Message = message }, new JsonSerializerOptions { PropertyNamingPolicy = null }, http.RequestAborted);
    }
}
