#pragma warning disable CA1050 // The runtime asks for this very name, outside any namespace.

/// <summary>
/// Runs in the worker before its program does. The host holds the other end of the worker's standard input and never
/// writes to it: when that end closes, the host is gone, and no worker outlives its host, not even a killed one.
/// </summary>
internal static class StartupHook
{
    /// <summary>Called by the runtime.</summary>
    public static void Initialize()
    {
        // Programs that the app starts have a standard input of their own.
        const string variable = "DOTNET_STARTUP_HOOKS";
        var others = (Environment.GetEnvironmentVariable(variable) ?? "").Split(Path.PathSeparator)
            .Where(hook => hook != typeof(StartupHook).Assembly.Location);
        Environment.SetEnvironmentVariable(variable, string.Join(Path.PathSeparator, others));
        new Thread(EndWithHost) { IsBackground = true, Name = "Functions host watch" }.Start();
    }

    private static void EndWithHost()
    {
        using var input = Console.OpenStandardInput();
        var nothing = new byte[1];
        while (input.Read(nothing) > 0)
        {
        }

        // No handler of the app's may keep it alive.
        System.Diagnostics.Process.GetCurrentProcess().Kill();
    }
}
