using System.Net;

namespace Assay;

/// <summary>The app killed in the middle of an import, and what becomes of it.</summary>
public sealed class ImportCrashTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Prompts = 5_000;
    private const int Kills = 3;

    [Fact]
    public async Task Killed_three_times_an_import_brings_everything_once()
    {
        await database.AddOrganizationAsync(SampleWork.Organization);
        await using var inbox = await InboxContainer.CreateAsync();
        var settings = AppSettings.For(database, inbox);
        var lines = Enumerable.Range(0, Prompts).Select(number =>
            $$$"""
            {"kind":"entity","id":"{{{Guid.NewGuid()}}}","type":"prompt","title":"{{{number}}}","content":{"text":"a"}}
            """);

        var app = await AppProcess.StartAsync(settings);
        try
        {
            app.Client.DefaultRequestHeaders.Add("Assay-Organization", SampleWork.Organization);
            var accepted = await (await app.Client.SendBundleAsync([ExchangeClient.Header, .. lines]))
                .ReadAsync<AcceptedRun>(HttpStatusCode.Accepted);
            for (var kill = 1; kill <= Kills; kill++)
            {
                await Eventually.TrueAsync(
                    async () => await CountAsync("core.entity") >= kill * Prompts / (Kills + 2),
                    TimeSpan.FromSeconds(60), () => "The import did not go on.");
                await app.KillAsync();
                Assert.Equal(0, await CountAsync("ops.workflow_run where finished_at is not null"));
                await app.DisposeAsync();
                app = await AppProcess.StartAsync(settings);
            }

            app.Client.DefaultRequestHeaders.Add("Assay-Organization", SampleWork.Organization);
            var imported = await app.Client.ImportedAsync(accepted.RunId);
            Assert.Equal((Prompts, 0, 0), (imported.Created, imported.Skipped, imported.Failed));
        }
        finally
        {
            await app.DisposeAsync();
        }
        Assert.Equal(Prompts, await CountAsync("core.entity where version = 1"));
        Assert.Equal(0, await CountAsync("core.entity_version"));
    }

    private Task<long> CountAsync(string from) => database.ValueAsync<long>($"select count(*) from {from}");
}
