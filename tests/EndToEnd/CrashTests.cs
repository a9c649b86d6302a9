using Azure.Storage.Blobs;
using Xunit.Abstractions;

namespace Assay;

/// <summary>
/// The app killed in the middle of its work, again and again, by the signal that no process can handle.
/// </summary>
public sealed class CrashTests(TestDatabase database, ITestOutputHelper output) : IClassFixture<TestDatabase>
{
    private const int Documents = 50;
    private const int Analyses = 50;
    private const int Kills = 10;

    [Fact]
    public async Task Killed_ten_times_over_a_hundred_runs_the_app_finishes_each_once()
    {
        await database.AddOrganizationAsync(SampleWork.Organization);
        await using var inbox = await InboxContainer.CreateAsync();
        var settings = AppSettings.For(database, inbox);
        // Few at a time, so that there is work left for every kill.
        settings["AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions"] = "2";

        var app = await AppProcess.StartAsync(settings);
        try
        {
            var drops = SampleWork.DropDocumentsAsync(inbox.Client, Documents);
            app.Client.DefaultRequestHeaders.Add("Assay-Organization", SampleWork.Organization);
            await SampleWork.RequestAnalysesAsync(app.Client, Analyses);
            await drops;
            for (var kill = 1; kill <= Kills; kill++)
            {
                // Further on each time, so that kills find the work in different states.
                var target = await EndedNodesAsync() + 5 * kill;
                await Eventually.TrueAsync(
                    async () => await EndedNodesAsync() >= target || await AllEndedAsync(),
                    TimeSpan.FromSeconds(60),
                    () => "There was no progress between two kills.");
                output.WriteLine($"kill {kill} after {await EndedNodesAsync()} nodes");
                await app.KillAsync();
                await app.DisposeAsync();
                app = await AppProcess.StartAsync(settings);
            }

            await Eventually.TrueAsync(AllEndedAsync, TimeSpan.FromMinutes(3), () => "Not every run ended.");
        }
        catch (Exception)
        {
            output.WriteLine(app.Output);
            throw;
        }
        finally
        {
            await app.DisposeAsync();
        }

        await AssertWholeAsync();
    }

    private Task<long> EndedNodesAsync() => database.ValueAsync<long>(
        "select count(*) from ops.workflow_node where finished_at is not null");

    private async Task<bool> AllEndedAsync() => await database.ValueAsync<long>(
        "select count(*) from ops.workflow_run where finished_at is not null") == Documents + Analyses;

    // Each expectation is a query for what breaks it.
    private async Task AssertWholeAsync()
    {
        await AssertCountAsync(Documents + Analyses, "ops.workflow_run where status = 'succeeded'");
        await AssertCountAsync(Documents, "core.document where status = 'completed' and chunk_count > 1");
        await AssertCountAsync(0,
            """
            core.document d where chunk_count <> (select count(*) from core.document_chunk where document_id = d.id)
                or chunk_count <> (select count(*) from core.embedding e join core.document_chunk c
                    on c.id = e.document_chunk_id where c.document_id = d.id and e.status = 'completed')
            """);
        await AssertCountAsync(Analyses, "core.analysis_result where status = 'completed'");
        await AssertCountAsync(0,
            """
            (select entity_id from ops.event where action = 'completed' group by entity_id having count(*) <> 1) twice
            """);
        await AssertCountAsync(Documents + Analyses, "ops.event where action = 'completed'");
        await AssertCountAsync(0, "ops.workflow_node where finished_at is null");
    }

    private async Task AssertCountAsync(long expected, string from)
    {
        var actual = await database.ValueAsync<long>($"select count(*) from {from}");
        Assert.True(expected == actual, $"Expected {expected}, found {actual}: {from}");
    }
}
