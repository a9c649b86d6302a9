using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Moves all secrets to the current key, and says how it goes.</summary>
public static class RotateKeysCommand
{
    /// <param name="database">Connection string of the role <c>assay_job</c>, which sees no names and owners.</param>
    /// <param name="configuration">Holds the keys as the app's settings do.</param>
    /// <returns>The exit code: 0 when all secrets are under the current key, else 1.</returns>
    public static async Task<int> RunAsync(
        string database, IConfiguration configuration, TextWriter output, CancellationToken cancellation)
    {
        await using var services = new ServiceCollection()
            .AddSingleton(TimeProvider.System)
            .AddSecrets(configuration)
            .BuildServiceProvider();
        var secrets = services.GetRequiredService<SecretBox>();
        await using var pools = new DatabasePools(
            Options.Create(new DatabaseOptions { Database = database, JobDatabase = database }));

        var outcome = await new SecretRotation(new JobDatabase(pools), secrets).RunAsync(
            (table, moved) => output.WriteLine($"{table}: {moved} moved"), cancellation);

        foreach (var row in outcome.Unreadable)
            output.WriteLine($"{row}: not what was sealed; left as it is");
        foreach (var (keyId, count) in outcome.Uses)
            output.WriteLine($"{keyId}{(keyId == secrets.CurrentKeyId ? " (current)" : "")}: {count} secrets");
        if (outcome.IsComplete(secrets.CurrentKeyId))
        {
            output.WriteLine("Done: no other key is needed any more.");
            return 0;
        }
        output.WriteLine("Not all secrets are under the current key. See that every app uses it, and run this again.");
        return 1;
    }
}
