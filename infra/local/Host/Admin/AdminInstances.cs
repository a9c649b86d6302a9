using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>Lists orchestrations with what they wait for, and shows one step by step.</summary>
internal sealed class AdminInstances(InstanceReports reports)
{
    private const int TakeDefault = 50;
    private const int TakeMax = 1_000;

    /// <summary>Maps the endpoints where the engine is there.</summary>
    /// <param name="add">Adds one endpoint: method, pattern, handler.</param>
    public static void Map(IServiceProvider services, Action<string, string, RequestDelegate> add)
    {
        if (services.GetService<InstanceReports>() is not { } reports)
            return;
        var admin = new AdminInstances(reports);
        add("GET", "/admin/durable/instances", admin.ListAsync);
        add("GET", "/admin/durable/instances/{id}", admin.ShowAsync);
    }

    /// <summary>
    /// Query: <c>status</c> (some, with commas between), <c>name</c>, <c>prefix</c>, <c>before</c>, <c>take</c>.
    /// </summary>
    private async Task ListAsync(HttpContext http)
    {
        var filter = new InstanceFilter(
            Query(http, "status")?.ToLowerInvariant().Split(','), Query(http, "name"), Query(http, "prefix"),
            Query(http, "before"));
        var take = int.TryParse(Query(http, "take"), CultureInfo.InvariantCulture, out var asked)
            ? Math.Clamp(asked, 1, TakeMax)
            : TakeDefault;
        var found = await reports.ListAsync(filter, take, http.RequestAborted);
        await http.Response.WriteAsJsonAsync(found, http.RequestAborted);
    }

    private async Task ShowAsync(HttpContext http)
    {
        var id = (string)http.GetRouteValue("id")!;
        if (DurableClient.IsText(id) && await reports.FindAsync(id, http.RequestAborted) is { } found)
            await http.Response.WriteAsJsonAsync(found, http.RequestAborted);
        else
            http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private static string? Query(HttpContext http, string name) =>
        http.Request.Query[name].ToString() is { Length: > 0 } value && DurableClient.IsText(value) ? value : null;
}
