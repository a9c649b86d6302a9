using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.DurableTask.Client;

namespace Assay.Local;

/// <summary>What requests to the management API say.</summary>
internal static class DurableWebhookRequest
{
    /// <summary>An empty body is no input, which is fine.</summary>
    public static async Task<(bool IsJson, object? Value)> ReadJsonAsync(this HttpContext http)
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

    public static bool TryReadFilter(
        this HttpContext http, out DateTimeOffset? from, out DateTimeOffset? to,
        out IEnumerable<OrchestrationRuntimeStatus>? statuses)
    {
        statuses = null;
        var isValid = http.TryReadTime("createdTimeFrom", out from) & http.TryReadTime("createdTimeTo", out to);
        var text = string.Join(',', http.Request.Query["runtimeStatus"].ToArray());
        if (text.Length == 0)
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

    static bool TryReadTime(this HttpContext http, string name, out DateTimeOffset? time)
    {
        time = null;
        if (http.Query(name) is not { } text)
            return true;
        var isValid = DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed);
        time = isValid ? parsed : null;
        return isValid;
    }

    public static string Here(this HttpContext http) =>
        $"{http.Request.Scheme}://{http.Request.Host}{http.Request.Path}{http.Request.QueryString}";

    /// <summary>
    /// A part of the path, decoded once. The server leaves <c>%2F</c> as it is, so only the path as it was sent tells
    /// an encoded slash from an id that has these very characters.
    /// </summary>
    public static string Route(this HttpContext http, string name)
    {
        var routed = (string)http.Request.RouteValues[name]!;
        if (!routed.Contains('%'))
            return routed;
        var sent = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].Split('/');
        return sent
            .Where(part => Uri.UnescapeDataString(part.Replace("%2F", "%252F", StringComparison.OrdinalIgnoreCase))
                .Equals(routed, StringComparison.OrdinalIgnoreCase))
            .Select(Uri.UnescapeDataString)
            .FirstOrDefault(routed);
    }

    public static string? Query(this HttpContext http, string name) =>
        http.Request.Query[name].FirstOrDefault() is { Length: > 0 } value ? value : null;

    /// <summary>At most an hour.</summary>
    public static TimeSpan? Seconds(this HttpContext http, string name) =>
        double.TryParse(http.Query(name), CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 3_600))
            : null;

    public static bool? Flag(this HttpContext http, string name) =>
        bool.TryParse(http.Query(name), out var value) ? value : null;
}
