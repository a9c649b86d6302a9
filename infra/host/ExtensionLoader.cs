using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using Microsoft.Azure.WebJobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Assay.Hosting;

/// <summary>
/// The host-side extensions that an app brings in <c>.azurefunctions</c>, as its <c>extensions.json</c> lists them.
/// What the host itself has in the same or a newer version is shared, so that both mean the same types; the rest is the
/// app's own.
/// </summary>
internal sealed class ExtensionLoader : AssemblyLoadContext
{
    // Hosts of one app in one process share what they load.
    private static readonly Dictionary<string, ExtensionLoader> Loaders = [];

    private readonly string folder;

    private ExtensionLoader(string folder) : base($"Extensions of {folder}") => this.folder = folder;

    public static ExtensionLoader For(string appFolder)
    {
        var folder = Path.Combine(appFolder, ".azurefunctions");
        lock (Loaders)
            return Loaders.TryGetValue(folder, out var loader) ? loader : Loaders[folder] = new ExtensionLoader(folder);
    }

    /// <summary>Lets each extension of the app register itself.</summary>
    public void AddTo(IWebJobsBuilder builder, HostSettings settings, ILogger logger)
    {
        var context = new WebJobsBuilderContext
        {
            ApplicationRootPath = settings.AppFolder, Configuration = settings.Configuration,
            EnvironmentName = "Development",
        };
        var path = Path.Combine(Path.GetDirectoryName(folder)!, "extensions.json");
        if (!File.Exists(path))
            return;
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        foreach (var extension in json.RootElement.GetProperty("extensions").EnumerateArray())
        {
            var name = extension.GetProperty("typeName").GetString()!;
            // It reads the functions for hosts that do not ask the worker.
            if (name.Contains("FunctionMetadataLoader", StringComparison.Ordinal))
                continue;
            try
            {
                var type = Type.GetType(name, LoadFromAssemblyName, null, throwOnError: true)!;
                builder.UseWebJobsStartup(type, context, NullLoggerFactory.Instance);
                logger.LogDebug("Loaded extension {Type}.", type.AssemblyQualifiedName);
            }
            catch (Exception error) when (error is IOException or TypeLoadException)
            {
                throw new HostConfigurationException($"The extension {name} cannot be loaded: {error.Message}", error);
            }
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (Shared(assemblyName) is { } shared)
            return shared;
        var path = Path.Combine(folder, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        var path = Path.Combine(folder, unmanagedDllName);
        return File.Exists(path) ? LoadUnmanagedDllFromPath(path) : 0;
    }

    private static Assembly? Shared(AssemblyName wanted)
    {
        try
        {
            var mine = Default.LoadFromAssemblyName(new AssemblyName(wanted.Name!));
            return mine.GetName().Version >= wanted.Version ? mine : null;
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }
}
