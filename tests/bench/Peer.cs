using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Assay.Bench;

/// <summary>
/// A contender in a process of its own: a Node.js script in peers/. It stays up, warm, and does one round for each line
/// it is sent, answering with one line of JSON.
/// </summary>
internal sealed class Peer : IContender
{
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    private readonly Process process;
    private readonly string name;

    private Peer(Process process, string name) => (this.process, this.name) = (process, name);

    private static string Folder => Path.Combine(Repository.Root, "tests/bench/peers");

    public static async Task<Peer> StartAsync(string script, params string[] arguments)
    {
        await Installed.Value;
        return new(Run("node", ["--no-deprecation", script, .. arguments]), script);
    }

    public async Task<Round> RoundAsync(object request)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request));
        var answer = await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException($"{name} ended within a round.");
        return JsonSerializer.Deserialize<Round>(answer, JsonSerializerOptions.Web)!;
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    // npm leaves its own copy of the lock file; it tells what is installed.
    private static async Task InstallAsync()
    {
        var wanted = new FileInfo(Path.Combine(Folder, "package-lock.json"));
        var installed = new FileInfo(Path.Combine(Folder, "node_modules/.package-lock.json"));
        if (installed.Exists && installed.LastWriteTimeUtc >= wanted.LastWriteTimeUtc)
            return;

        using var npm = Run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
        npm.StandardInput.Close();
        await npm.StandardOutput.ReadToEndAsync();
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0)
            throw new InvalidOperationException("npm could not install the peers: check that it reaches its registry.");
    }

    private static Process Run(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException($"There is no {program} here: the peers need Node.js 20 or newer.");
        }
    }
}
