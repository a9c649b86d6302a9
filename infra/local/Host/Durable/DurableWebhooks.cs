using System.Globalization;
using System.Text;
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

    /// <summary>Maps the API where the engine is there.</summary>
    /// <param name="add">Adds one endpoint: method, pattern, handler.</param>
    public static void Map(IServiceProvider services, Action<string, string, RequestDelegate> add)
    {
        if (services.GetService<DurableTaskClient>() is null)
            return;
        var api = ActivatorUtilities.CreateInstance<DurableWebhooks>(services);
        add("GET", $"{Prefix}/instances", api.ListAsync);
        add("DELETE", $"{Prefix}/instances", api.PurgeAllAsync);
        add("GET", $"{Prefix}/instances/{{id}}", OfInstance(api.ShowAsync));
        add("DELETE", $"{Prefix}/instances/{{id}}", OfInstance(api.PurgeAsync));
        add("POST", $"{Prefix}/instances/{{id}}/raiseEvent/{{name}}", OfInstance(api.RaiseAsync));
        add("POST", $"{Prefix}/instances/{{id}}/terminate", OfInstance(api.TerminateAsync));
        add("POST", $"{Prefix}/instances/{{id}}/suspend", OfInstance(api.SuspendAsync));
        add("POST", $"{Prefix}/instances/{{id}}/resume", OfInstance(api.ResumeAsync));
        add("POST", $"{Prefix}/instances/{{id}}/restart", OfInstance(api.RestartAsync));
        add("POST", $"{Prefix}/orchestrators/{{name}}", api.StartAsync);
        add("POST", $"{Prefix}/orchestrators/{{name}}/{{id}}", api.StartAsync);
    }

    /// <summary>An id that no instance can have is an unknown one.</summary>
    static RequestDelegate OfInstance(RequestDelegate handle) => http =>
    {
        if (DurableClient.IsText(Route(http, "id")))
            return handle(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    };

    async Task ShowAsync(HttpContext http)
    {
        var found = await client.GetInstanceAsync(Route(http, "id"), getInputsAndOutputs: true, http.RequestAborted);
        if (found is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var status = DurableStatus.Of(found, Flag(http, "showInput") ?? true);
        if (Flag(http, "showHistory") == true)
        {
            var key = await instances.FindKeyAsync(found.InstanceId, http.RequestAborted);
            status["historyEvents"] = DurableStatus.History(
                await histories.LoadAsync(key!.Value, http.RequestAborted), Flag(http, "showHistoryOutput") == true);
        }
        if (!found.IsCompleted)
        {
            http.Response.StatusCode = StatusCodes.Status202Accepted;
            http.Response.Headers.Location = Here(http);
            http.Response.Headers.RetryAfter = "5";
        }
        else if (found.RuntimeStatus == OrchestrationRuntimeStatus.Failed
            && Flag(http, "returnInternalServerErrorOnFailure") == true)
        {
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        await http.Response.WriteAsJsonAsync(status, http.RequestAborted);
    }

    async Task ListAsync(HttpContext http)
    {
        var token = http.Request.Headers[Continuation].FirstOrDefault();
        if (!TryReadFilter(http, out var from, out var to, out var statuses)
            || !(string.IsNullOrEmpty(token) || long.TryParse(token, CultureInfo.InvariantCulture, out _)))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        var query = new OrchestrationQuery(
            from, to, statuses, TaskHubNames: null, Query(http, "instanceIdPrefix"),
            int.TryParse(Query(http, "top"), out var top) && top > 0 ? top : PageSize, FetchInputsAndOutputs: true,
            string.IsNullOrEmpty(token) ? null : token);
        var page = await instances.QueryAsync(query, query.ContinuationToken, query.PageSize, http.RequestAborted);
        http.Response.Headers[Continuation] = page.ContinuationToken ?? "";
        var showInput = Flag(http, "showInput") ?? true;
        await http.Response.WriteAsJsonAsync(
            page.Values.Select(found => DurableStatus.Of(found, showInput)), http.RequestAborted);
    }

    async Task PurgeAsync(HttpContext http)
    {
        var result = await client.PurgeInstanceAsync(Route(http, "id"), http.RequestAborted);
        await SendPurgedAsync(http, result.PurgedInstanceCount);
    }

    async Task PurgeAllAsync(HttpContext http)
    {
        if (!TryReadFilter(http, out var from, out var to, out var statuses) || from is null)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
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

    async Task RaiseAsync(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
        {
            await RefuseAsync(http, "Only application/json request content is supported");
            return;
        }
        var (isJson, payload) = await ReadJsonAsync(http);
        if (!isJson)
        {
            await RefuseAsync(http, "The request content is not valid JSON");
            return;
        }
        if (!DurableClient.IsText(Route(http, "name")))
        {
            await RefuseAsync(http, "The event name is not valid");
            return;
        }
        await OnLiveAsync(http, id => client.RaiseEventAsync(id, Route(http, "name"), payload, http.RequestAborted));
    }

    Task TerminateAsync(HttpContext http) => OnLiveAsync(
        http, id => client.TerminateInstanceAsync(id, (object?)Query(http, "reason"), http.RequestAborted));

    Task SuspendAsync(HttpContext http) => OnLiveAsync(
        http, id => client.SuspendInstanceAsync(id, Query(http, "reason"), http.RequestAborted));

    Task ResumeAsync(HttpContext http) => OnLiveAsync(
        http, id => client.ResumeInstanceAsync(id, Query(http, "reason"), http.RequestAborted));

    async Task OnLiveAsync(HttpContext http, Func<string, Task> act)
    {
        var id = Route(http, "id");
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

    async Task RestartAsync(HttpContext http)
    {
        var id = Route(http, "id");
        if (await client.GetInstanceAsync(id, http.RequestAborted) is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var again = await client.RestartAsync(
            id, Flag(http, "restartWithNewInstanceId") ?? true, http.RequestAborted);
        await AcceptAsync(http, again);
    }

    async Task StartAsync(HttpContext http)
    {
        var (isJson, input) = await ReadJsonAsync(http);
        if (!isJson)
        {
            await RefuseAsync(http, "The request content is not valid JSON");
            return;
        }
        var id = http.Request.RouteValues.ContainsKey("id") ? Route(http, "id") : null;
        try
        {
            var started = await client.ScheduleNewOrchestrationInstanceAsync(
                Route(http, "name"), input, new StartOrchestrationOptions(id), http.RequestAborted);
            await AcceptAsync(http, started);
        }
        catch (ArgumentException refusal)
        {
            await RefuseAsync(http, refusal.Message);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // What the original answers.
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
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

    static Task RefuseAsync(HttpContext http, string message)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return http.Response.WriteAsJsonAsync(
            new { Message = message }, new JsonSerializerOptions { PropertyNamingPolicy = null }, http.RequestAborted);
    }

    /// <summary>An empty body is no input, which is fine.</summary>
    static async Task<(bool IsJson, object? Value)> ReadJsonAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(http.RequestAborted);
        if (string.IsNullOrWhiteSpace(text))
            return (true, null);
        try
        {
            return (true, JsonSerializer.Deserialize<JsonElement>(text));
        }
        catch (JsonException)
        {
            return (false, null);
        }
    }

    static bool TryReadFilter(
        HttpContext http, out DateTimeOffset? from, out DateTimeOffset? to,
        out IEnumerable<OrchestrationRuntimeStatus>? statuses)
    {
        statuses = null;
        var isValid = TryReadTime(http, "createdTimeFrom", out from) & TryReadTime(http, "createdTimeTo", out to);
        if (Query(http, "runtimeStatus") is not { } text)
            return isValid;
        List<OrchestrationRuntimeStatus> read = [];
        foreach (var name in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status))
                return false;
            read.Add(status);
        }
        statuses = read;
        return isValid;
    }

    static bool TryReadTime(HttpContext http, string name, out DateTimeOffset? time)
    {
        time = null;
        if (Query(http, name) is not { } text)
            return true;
        var isValid = DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed);
        time = isValid ? parsed : null;
        return isValid;
    }

    static string Here(HttpContext http) =>
        $"{http.Request.Scheme}://{http.Request.Host}{http.Request.Path}{http.Request.QueryString}";

    static string Route(HttpContext http, string name) =>
        Uri.UnescapeDataString((string)http.Request.RouteValues[name]!);

    static string? Query(HttpContext http, string name) =>
        http.Request.Query[name].FirstOrDefault() is { Length: > 0 } value ? value : null;

    static bool? Flag(HttpContext http, string name) =>
        bool.TryParse(Query(http, name), out var value) ? value : null;
}
