using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Assay.Local;

/// <summary>
/// The app as the program holds it. What its user can put right ends the program with advice, not a trace.
/// </summary>
internal sealed class LocalHost(WebApplication app, bool isProgram) : IHost, IAsyncDisposable
{
    public IServiceProvider Services => app.Services;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception error) when (isProgram && Advice(error) is { } advice)
        {
            await Console.Error.WriteLineAsync(advice);
            Environment.Exit(1);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => app.StopAsync(cancellationToken);

    public void Dispose() => ((IDisposable)app).Dispose();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static string? Advice(Exception error) => error switch
    {
        IOException { InnerException: AddressInUseException } =>
            $"{error.Message} Close the process using that port, or specify another port using --port.",
        OptionsValidationException invalid =>
            $"The app's settings are not valid:{string.Concat(invalid.Failures.Select(failure => $"\n  {failure}"))}",
        _ => null,
    };
}
