using Npgsql;

namespace Assay;

/// <summary>What the whole app asks of its database while nobody asks anything of it.</summary>
public sealed class IdleTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const double StatementsPerSecondMax = 5;

    // A rate can only be measured over a time in which every timer ticks, once what is done at a start has been done.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_idle_app_sends_fewer_than_five_statements_a_second()
    {
        await using var inbox = await InboxContainer.CreateAsync();
        var server = new NpgsqlConnectionStringBuilder(database.Durable);
        await using var counter = new ProtocolCounter(server.Host!, server.Port);
        var settings = AppSettings.For(database, inbox);
        foreach (var name in (string[])["Assay__Database", "Assay__JobDatabase", "DurableDatabase"])
            settings[name] += $";Host=127.0.0.1;Port={counter.Port};SSL Mode=Disable";
        await using var app = await AppProcess.StartAsync(settings);
        await Task.Delay(Settling);

        var before = counter.Statements;
        await Task.Delay(Watched);
        var sent = counter.Statements - before;

        Assert.InRange(sent / Watched.TotalSeconds, 0.5, StatementsPerSecondMax);
    }
}
