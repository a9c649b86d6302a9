using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay.Hosting;

/// <summary>
/// The configuration of a host and its app: <c>host.json</c> below <c>AzureFunctionsJobHost</c>, then the
/// <c>Values</c> of <c>local.settings.json</c>, then the environment, then what the host was started with.
/// </summary>
internal sealed class HostSettings
{
    /// <summary>Under this section WebJobs and its extensions find host.json.</summary>
    public const string Section = "AzureFunctionsJobHost";

    private readonly FunctionsHostOptions options;
    private readonly Dictionary<string, string?> values;

    public HostSettings(FunctionsHostOptions options)
    {
        this.options = options;
        AppFolder = Path.GetFullPath(options.AppFolder);
        values = options.ReadsLocalSettings ? ReadLocalSettings(AppFolder) : [];
        Configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(ReadHostJson(AppFolder))
            .AddInMemoryCollection(Nested(values))
            .AddEnvironmentVariables()
            .AddInMemoryCollection(Nested(options.Settings))
            .AddInMemoryCollection([
                new("AzureWebJobsConfigurationSection", Section), new("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"),
                // With it the Durable extension believes in Linux Consumption, and writes its events to standard output.
                new("CONTAINER_NAME", null)])
            .Build();
        FunctionTimeout = ReadFunctionTimeout(Configuration[$"{Section}:functionTimeout"]);
        HostId = ReadHostId();
        Url = new Uri(options.Url.Replace("//*", "//0.0.0.0", StringComparison.Ordinal)
            .Replace("//+", "//0.0.0.0", StringComparison.Ordinal));
        AsksForKeys = !IsLoopback(Url.Host);
    }

    public string AppFolder { get; }

    public IConfigurationRoot Configuration { get; }

    /// <summary>How long a function may run; null is without limit.</summary>
    public TimeSpan? FunctionTimeout { get; }

    /// <summary>Under this name hosts of one app share the state of timers, blobs and locks.</summary>
    public string HostId { get; }

    public Uri Url { get; }

    /// <summary>On loopback, as with Core Tools, no key is needed.</summary>
    public bool AsksForKeys { get; }

    public string RoutePrefix => (Configuration[$"{Section}:extensions:http:routePrefix"] ?? "api").Trim('/');

    public int WorkerCount => int.TryParse(
        Configuration["FUNCTIONS_WORKER_PROCESS_COUNT"], CultureInfo.InvariantCulture, out var count) ? Math.Clamp(count, 1, 10) : 1;

    /// <summary>What a worker's environment has beside the host's own.</summary>
    public IEnumerable<KeyValuePair<string, string?>> WorkerEnvironment =>
        values.Where(one => Environment.GetEnvironmentVariable(one.Key) is null)
            .Concat(options.Settings.Select(one => KeyValuePair.Create(one.Key.Replace(":", "__", StringComparison.Ordinal), one.Value)));

    public bool IsDisabled(string function) => string.Equals(
        Configuration[$"AzureWebJobs.{function}.Disabled"] ?? Configuration[$"AzureWebJobs:{function}:Disabled"],
        "true", StringComparison.OrdinalIgnoreCase);

    public static bool IsLoopback(string host) =>
        host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static Dictionary<string, string?> ReadHostJson(string folder)
    {
        var path = Path.Combine(folder, "host.json");
        if (!File.Exists(path))
            throw new HostConfigurationException($"There is no host.json in {folder}.");
        try
        {
            return new ConfigurationBuilder().AddJsonFile(path).Build().AsEnumerable()
                .Where(one => one.Value is not null)
                .ToDictionary(one => $"{Section}:{one.Key}", one => one.Value);
        }
        catch (InvalidDataException error)
        {
            throw new HostConfigurationException($"host.json cannot be read: {error.InnerException?.Message ?? error.Message}");
        }
    }

    private static Dictionary<string, string?> ReadLocalSettings(string folder)
    {
        var path = Path.Combine(folder, "local.settings.json");
        if (!File.Exists(path))
            return [];
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(path), documentOptions: new JsonDocumentOptions
            {
                AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip,
            });
            return json?["Values"] is not JsonObject values
                ? [] : values.ToDictionary(one => one.Key, one => one.Value?.ToString());
        }
        catch (JsonException error)
        {
            throw new HostConfigurationException($"local.settings.json cannot be read: {error.Message}");
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Nested(IEnumerable<KeyValuePair<string, string?>> settings) =>
        settings.Select(one => KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), one.Value));

    private static TimeSpan? ReadFunctionTimeout(string? text)
    {
        if (text is null)
            return TimeSpan.FromMinutes(30);
        if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var timeout))
            throw new HostConfigurationException($"functionTimeout in host.json is '{text}', not like 00:10:00.");
        return timeout < TimeSpan.Zero ? null : timeout;
    }

    // As on the real host an id is the machine's and the app's, unless a setting gives one.
    private string ReadHostId()
    {
        if ((Configuration["AzureFunctionsWebHost:hostid"] ?? Configuration[$"{Section}:id"]) is { Length: > 0 } given)
            return given.ToLowerInvariant();
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.UTF8.GetBytes(AppFolder)))[..10];
        var machine = new string([.. Environment.MachineName.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit).Take(20)]);
        return $"{machine}-{hash}".TrimStart('-');
    }
}

/// <summary>The app's folder or its files do not make a function app that can run.</summary>
public sealed class HostConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
