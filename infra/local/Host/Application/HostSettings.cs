using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Assay.Local;

/// <summary>
/// <c>host.json</c>, overridden by settings under <c>AzureFunctionsJobHost</c>, as on the real host
/// (<c>AzureFunctionsJobHost__functionTimeout=00:05:00</c>).
/// </summary>
internal sealed class HostSettings
{
    private static readonly TimeSpan TimeoutDefault = TimeSpan.FromMinutes(30);

    private HostSettings(IConfiguration hostJson, IConfiguration app)
    {
        HostJson = hostJson;
        App = app;
        RoutePrefix = (hostJson["extensions:http:routePrefix"] ?? "api").Trim('/');
        FunctionTimeout = Timeout(hostJson["functionTimeout"]);
        HubName = hostJson["extensions:durableTask:hubName"] is { Length: > 0 } hub ? hub : "default";
        BlobParallelism = Count(hostJson, "extensions:blobs:maxDegreeOfParallelism", 8 * Environment.ProcessorCount);
        BlobTriesMax = Count(hostJson, "extensions:blobs:poisonBlobThreshold", 5);
        TimeZone = Zone(app["WEBSITE_TIME_ZONE"]);
        EnforcesKeys = app.GetValue("Host:EnforceKeys", false);
        DrainLimit = app.GetValue("Host:DrainLimit", TimeSpan.FromSeconds(20));
    }

    /// <summary>The whole of <c>host.json</c>, for what this class does not name.</summary>
    public IConfiguration HostJson { get; }

    /// <summary>The app's settings.</summary>
    public IConfiguration App { get; }

    /// <summary>First segment of every HTTP route, without slashes; may be empty.</summary>
    public string RoutePrefix { get; }

    /// <summary>
    /// How long one invocation may take; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> is forever.
    /// </summary>
    public TimeSpan FunctionTimeout { get; }

    /// <summary>Apps with different hubs can share a database.</summary>
    public string HubName { get; }

    /// <summary>How many blob functions run at the same time in this process.</summary>
    public int BlobParallelism { get; }

    /// <summary>How often a blob is tried before it becomes a poison blob.</summary>
    public int BlobTriesMax { get; }

    /// <summary>The zone that timer schedules are written in; UTC unless set.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>Whether HTTP functions ask for the keys that their authorization level says.</summary>
    public bool EnforcesKeys { get; }

    /// <summary>How long a stop waits for what is running.</summary>
    public TimeSpan DrainLimit { get; }

    /// <exception cref="InvalidDataException">A value cannot be used; the message names it.</exception>
    public static HostSettings Read(string folder, IConfiguration app)
    {
        try
        {
            var hostJson = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(folder, "host.json"), optional: true, reloadOnChange: false)
                .AddConfiguration(app.GetSection("AzureFunctionsJobHost"))
                .Build();
            return new HostSettings(hostJson, app);
        }
        catch (Exception error) when (error is InvalidDataException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"The host is not configured correctly: {error.Message}", error);
        }
    }

    /// <summary>What the host falls back on to say that its configuration is invalid.</summary>
    public static HostSettings Defaults() =>
        new(new ConfigurationBuilder().Build(), new ConfigurationBuilder().Build());

    /// <summary>Replaces every <c>%Name%</c> with that setting.</summary>
    public string Resolve(string text)
    {
        var parts = text.Split('%');
        if (parts.Length % 2 == 0)
            throw new FunctionLoadException($"'{text}' has a '%' without its partner.");

        for (var i = 1; i < parts.Length; i += 2)
        {
            parts[i] = App[parts[i]] is { Length: > 0 } value
                ? value
                : throw new FunctionLoadException($"'%{parts[i]}%' does not resolve to a value.");
        }

        return string.Concat(parts);
    }

    /// <summary>
    /// A connection by the name that an attribute gives it: the setting <c>AzureWebJobs{name}</c>, else <c>{name}</c>,
    /// else the connection string of that name.
    /// </summary>
    public string? Connection(string? name)
    {
        var key = string.IsNullOrEmpty(name) ? "AzureWebJobsStorage" : name;
        return Filled(App[$"AzureWebJobs{key}"]) ?? Filled(App[key]) ?? Filled(App.GetConnectionString(key));
    }

    /// <summary>Where timers, blob triggers and orchestrations keep their state.</summary>
    public string? DurableDatabase => Filled(App["DurableDatabase"]);

    public void RequireDurableDatabase()
    {
        if (DurableDatabase is null)
            throw new FunctionLoadException("The setting DurableDatabase, a PostgreSQL connection string, is missing.");
    }

    private static string? Filled(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    private static TimeSpan Timeout(string? value)
    {
        if (value is null)
            return TimeoutDefault;
        if (value == "-1")
            return System.Threading.Timeout.InfiniteTimeSpan;
        return TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero
            ? timeout
            : throw new InvalidDataException(
                $"functionTimeout '{value}' is not a time such as \"00:05:00\", nor \"-1\".");
    }

    private static int Count(IConfiguration hostJson, string key, int otherwise)
    {
        if (hostJson[key] is not { } value)
            return otherwise;
        return int.TryParse(value, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new InvalidDataException($"{key} '{value}' is not a whole number above zero.");
    }

    private static TimeZoneInfo Zone(string? id)
    {
        if (string.IsNullOrWhiteSpace(id))
            return TimeZoneInfo.Utc;
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new InvalidDataException(
                $"WEBSITE_TIME_ZONE '{id}' is not a known time zone, such as Europe/Madrid.");
    }
}
