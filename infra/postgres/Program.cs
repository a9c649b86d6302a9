using Assay;
using Microsoft.Extensions.Options;
using Npgsql;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    return await new PostgresCommand(Environment.GetEnvironmentVariable, Console.Out).RunAsync(args, stop.Token);
}
catch (Exception exception) when (
    exception is MigrationException or BackupException or FormatException or NpgsqlException or IOException
        or UnauthorizedAccessException or DatabaseUnavailableException or SecretsUnavailableException
        or OptionsValidationException)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("error: stopped; what had not finished was undone.");
    return 1;
}
