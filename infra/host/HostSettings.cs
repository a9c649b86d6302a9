using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

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
    private readonly Dictionary<string, string?> local;

    public HostSettings(FunctionsHostOptions options)
    {
        this.options = options;
        AppFolder = Path.GetFullPath(options.AppFolder);
        var host = Read("host.json") ?? throw new HostConfigurationException($"There is no host.json in {AppFolder}.");
        local = Values(options.ReadsLocalSettings ? Read("local.settings.json")?.GetSection("Values") : null);
        Configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(Values(host).Select(one => KeyValuePair.Create($"{Section}:{one.Key}", one.Value)))
            .AddInMemoryCollection(Nested(local))
            .AddEnvironmentVariables()
            .AddInMemoryCollection(Nested(options.Settings))
            .AddInMemoryCollection([
                new("AzureWebJobsConfigurationSection", Section), new("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"),
                // With it Durable believes in Linux Consumption, and writes its events to standard output.
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

    /// <summary>What the routes of HTTP functions begin with: empty, or with a slash before it.</summary>
    public string RoutePrefix =>
        $"/{(Configuration[$"{Section}:extensions:http:routePrefix"] ?? "api").Trim('/')}".TrimEnd('/');

    public int WorkerCount => int.TryParse(
        Configuration["FUNCTIONS_WORKER_PROCESS_COUNT"], CultureInfo.InvariantCulture, out var count)
        ? Math.Clamp(count, 1, 10) : 1;

    /// <summary>What a worker's environment has beside the host's own.</summary>
    public IEnumerable<KeyValuePair<string, string?>> WorkerEnvironment =>
        local.Where(one => Environment.GetEnvironmentVariable(one.Key) is null).Concat(options.Settings.Select(
            one => KeyValuePair.Create(one.Key.Replace(":", "__", StringComparison.Ordinal), one.Value)));

    public bool IsDisabled(string function) =>
        (Configuration[$"AzureWebJobs.{function}.Disabled"] ?? Configuration[$"AzureWebJobs:{function}:Disabled"])
            ?.ToLowerInvariant() is "true" or "1";

    public static bool IsLoopback(string host) =>
        host is "localhost"
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private IConfigurationRoot? Read(string file)
    {
        var path = Path.Combine(AppFolder, file);
        try
        {
            return File.Exists(path) ? new ConfigurationBuilder().AddJsonFile(path).Build() : null;
        }
        catch (InvalidDataException error)
        {
            throw new HostConfigurationException(
                $"{file} cannot be read: {error.InnerException?.Message ?? error.Message}");
        }
    }

    private static Dictionary<string, string?> Values(IConfiguration? configuration) =>
        configuration?.AsEnumerable(makePathsRelative: true).Where(one => one.Value is not null).ToDictionary() ?? [];

    private static IEnumerable<KeyValuePair<string, string?>> Nested(
        IEnumerable<KeyValuePair<string, string?>> settings) => settings.Select(
        one => KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), one.Value));

    private static TimeSpan? ReadFunctionTimeout(string? text)
    {
        if (!TimeSpan.TryParse(text ?? "00:30:00", CultureInfo.InvariantCulture, out var timeout))
            throw new HostConfigurationException($"functionTimeout in host.json is '{text}', not like 00:10:00.");
        return timeout < TimeSpan.Zero ? null : timeout;
    }

    // As on the real host an id is the machine's and the app's, unless a setting gives one.
    private string ReadHostId()
    {
        if ((Configuration["AzureFunctionsWebHost:hostid"] ?? Configuration[$"{Section}:id"]) is { Length: > 0 } given)
            return given.ToLowerInvariant();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(AppFolder)))[..10];
        var machine = Environment.MachineName.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit).Take(20);
        return $"{string.Concat(machine)}-{hash}".TrimStart('-');
    }
}

/// <summary>The app's folder or its files do not make a function app that can run.</summary>
public sealed class HostConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
