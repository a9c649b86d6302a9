using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// Everything known before the app registers its own: folder, settings, address, and what a test changes.
/// </summary>
internal sealed record HostStart(Assembly App, string Folder, string[] Args, InProcessStart? InProcess)
{
    public const string AddressDefault = "http://127.0.0.1:7071";

    public HostState State { get; } = new();

    public HostSettings Settings { get; private set; } = HostSettings.Defaults();

    public static HostStart Read(string[] args, InProcessStart? inProcess)
    {
        var app = inProcess?.App ?? Assembly.GetEntryAssembly()
            ?? throw new InvalidOperationException("The process has no entry assembly to find functions in.");
        var folder = Path.GetDirectoryName(app.Location) is { Length: > 0 } found ? found : AppContext.BaseDirectory;
        return new HostStart(app, folder, args, inProcess);
    }

    public WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = App.GetName().Name,
            ContentRootPath = Folder,
            EnvironmentName = EnvironmentName(),
        });
        AddConfiguration(builder.Configuration, builder.Environment.EnvironmentName);
        ReadSettings(builder.Configuration);
        AddLogging(builder.Logging);

        var isDevelopment = builder.Environment.IsDevelopment();
        builder.Host.UseDefaultServiceProvider(options =>
            options.ValidateScopes = options.ValidateOnBuild = isDevelopment);
        builder.WebHost.UseKestrelCore().UseUrls(Addresses(builder.Configuration));
        builder.Services.AddRouting();
        return builder;
    }

    private static string EnvironmentName() =>
        Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT")
        ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
        ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
        ?? Environments.Development;

    private void AddConfiguration(ConfigurationManager configuration, string environment)
    {
        configuration.AddJsonFile(Path.Combine(Folder, "appsettings.json"), optional: true, reloadOnChange: false);
        configuration.AddJsonFile(
            Path.Combine(Folder, $"appsettings.{environment}.json"), optional: true, reloadOnChange: false);
        // A developer's own settings must not change what a test sees.
        if (InProcess is null)
            configuration.AddInMemoryCollection(ReadLocalSettings());
        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine(Args);
        if (InProcess is not null)
            configuration.AddInMemoryCollection(Nested(InProcess.Settings));
    }

    private IReadOnlyDictionary<string, string?> ReadLocalSettings()
    {
        try
        {
            return LocalSettings.Read(Folder);
        }
        catch (InvalidDataException error)
        {
            State.Fail(error.Message);
            return new Dictionary<string, string?>();
        }
    }

    private void ReadSettings(ConfigurationManager configuration)
    {
        try
        {
            Settings = HostSettings.Read(Folder, configuration);
        }
        catch (InvalidDataException error)
        {
            State.Fail(error.Message);
        }
    }

    private void AddLogging(ILoggingBuilder logging)
    {
        // The names in host.json are those of the real host: logging.logLevel.{category}.
        logging.AddConfiguration(Settings.HostJson.GetSection("logging"));
        logging.AddConfiguration(Settings.App.GetSection("Logging"));
        logging.AddConsole(options => options.FormatterName = ConsoleLines.FormatterName);
        logging.AddConsoleFormatter<ConsoleLines, ConsoleLines.Options>();
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
    }

    private string[] Addresses(IConfiguration configuration)
    {
        if (InProcess is not null)
            return ["http://127.0.0.1:0"];
        if (configuration["port"] is { Length: > 0 } port)
            return [$"http://{IPAddress.Loopback}:{port}"];
        var urls = configuration["urls"] ?? configuration["ASPNETCORE_URLS"];
        return string.IsNullOrWhiteSpace(urls) ? [AddressDefault] : urls.Split(';', StringSplitOptions.TrimEntries);
    }

    private static IEnumerable<KeyValuePair<string, string?>> Nested(IReadOnlyDictionary<string, string?> settings) =>
        settings.Select(setting => KeyValuePair.Create(
            setting.Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), setting.Value));
}
