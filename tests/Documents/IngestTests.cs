using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class IngestTests(DocumentsApp fixture) : IClassFixture<DocumentsApp>
{
    private const string Guide = "# Guide\n\nHow to brew coffee.\n\n## Grinding\n\nGrind the beans finely.\n";

    // The trigger may pass over a file, and the sweep finds it half a minute later.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task An_upload_becomes_searchable_and_tells_how()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();

        var response = await api.UploadAsync(
            "guide.md", Encoding.UTF8.GetBytes(Guide), ("chunkSize", "64"), ("chunkOverlap", "8"));
        var accepted = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        var document = await api.EndedAsync((Guid)accepted["id"]!);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.EndsWith($"/api/runs/{accepted["id"]}", response.Headers.Location?.ToString());
        Assert.Equal("completed", (string)document["status"]!);
        Assert.Equal("Guide", (string)document["title"]!);
        Assert.Equal($"{slug}/guide.md", (string)document["blobPath"]!);
        Assert.Equal((64, 8), ((int)document["chunkSize"]!, (int)document["chunkOverlap"]!));
        Assert.Equal(2, (int)document["chunkCount"]!);
        Assert.Equal(
            ["extract ok", "chunk ok", "embed ok", "complete ok"],
            document["nodes"]!.AsArray().Select(node => $"{node!["key"]} {node["status"]}"));
        Assert.Equal("succeeded", (string)(await api.GetAsync($"runs/{accepted["id"]}"))["status"]!);
    }

    [Fact]
    public async Task Chunks_carry_headings_and_offsets_and_make_up_the_text()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("guide.md", Guide, ("chunkSize", "32"), ("chunkOverlap", "0"));

        var chunks = await api.ChunksAsync(id);

        Assert.Equal(Guide, string.Concat(chunks.Select(chunk => (string)chunk!["content"]!)));
        Assert.Equal(["Guide", "Grinding"], chunks[1]!["headingPath"]!.AsArray().Select(heading => (string)heading!));
        Assert.Equal(Guide.IndexOf("## Grinding", StringComparison.Ordinal), (int)chunks[1]!["startOffset"]!);
        Assert.Equal(Guide.Length, (int)chunks[1]!["endOffset"]!);
    }

    [Fact]
    public async Task A_document_of_many_batches_is_embedded_whole_and_read_in_pages()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var text = string.Concat(
            Enumerable.Range(0, 400).Select(n => $"Sentence number {n} tells about topic {n % 7}.\n\n"));
        var id = await api.IngestAsync("long.txt", text, ("chunkSize", "32"), ("chunkOverlap", "0"));

        var first = await api.GetAsync($"documents/{id}/chunks?limit=20");
        var second = await api.GetAsync($"documents/{id}/chunks?limit=20&after={first["next"]}");

        Assert.True((int)(await api.GetAsync($"documents/{id}"))["chunkCount"]! > 100);
        Assert.Equal(20, (int)second["items"]![0]!["chunkIndex"]!);
        Assert.Equal(0L, await fixture.App.Database.ValueAsync<long>(
            $"""
            select count(*) from core.document_chunk c
            where c.document_id = '{id}'
                and not exists (
                    select 1 from core.embedding e where e.document_chunk_id = c.id and e.status = 'completed')
            """));
    }

    [Fact]
    public async Task A_dropped_file_is_ingested()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();

        await fixture.DropAsync($"{slug}/folder/notes.txt", "Dropped notes about tea."u8.ToArray());

        var document = await Eventually.GetAsync(
            async () => (await api.GetAsync("documents?status=completed"))["items"]!.AsArray().FirstOrDefault(),
            Patience,
            () => "The dropped file was never ingested.");
        Assert.Equal($"{slug}/folder/notes.txt", (string)document["blobPath"]!);
        Assert.Equal("notes.txt", (string)document["title"]!);
    }

    [Fact]
    public async Task The_same_bytes_twice_are_ingested_once_through_both_doors()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("same.txt", "The same bytes.");

        Assert.Equal(id, await api.AddAsync("same.txt", "The same bytes."));
        await fixture.DropAsync($"{slug}/same.txt", "The same bytes."u8.ToArray());
        await fixture.DropAsync($"{slug}/later.txt", "A later file."u8.ToArray());

        // Blobs are seen in the order of their change, so that the later file tells that the earlier one was seen.
        await Eventually.TrueAsync(
            async () => (await api.GetAsync("documents?status=completed"))["items"]!.AsArray().Count == 2,
            Patience,
            () => "The later file was never ingested.");
        var document = await api.GetAsync($"documents/{id}");
        Assert.Equal(1, (int)document["version"]!);
        Assert.Equal(1L, await EventsAsync(id, "completed"));
    }

    [Fact]
    public async Task New_bytes_at_a_path_replace_the_old_ones()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("page.md", "About zebras.");

        Assert.Equal(id, await api.AddAsync("page.md", "About giraffes."));
        var document = await api.EndedAsync(id, version: 2);

        Assert.Equal("completed", (string)document["status"]!);
        Assert.Equal("About giraffes.", (string)(await api.ChunksAsync(id))[0]!["content"]!);
        Assert.Empty(await api.SearchAsync(new { query = "zebras", mode = "text" }));
        Assert.Single(await api.SearchAsync(new { query = "giraffes", mode = "text" }));
        Assert.Equal(1L, await fixture.App.Database.ValueAsync<long>(
            $"select count(*) from core.document_chunk where document_id = '{id}'"));
    }

    [Fact]
    public async Task What_was_searchable_stays_so_when_its_replacement_fails()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("table.csv", "animal,legs\nzebra,4\n");

        await api.AddAsync("table.csv", "animal,legs\nsnake\n");
        var document = await api.EndedAsync(id, version: 2);

        Assert.Equal("failed", (string)document["status"]!);
        Assert.Equal(
            "malformed-table: Record 2 (line 2) has 1 fields where the header has 2.", (string)document["error"]!);
        Assert.Single(await api.SearchAsync(new { query = "zebra", mode = "text" }));
    }

    [Theory]
    [InlineData("blank.txt", " \n\t ", "empty: ")]
    [InlineData("broken.xml", "<a><b></a>", "unsupported: ")]
    [InlineData("ragged.csv", "a,b\n1,2,3\n", "malformed-table: ")]
    [InlineData("binary.txt", "a\0b", "binary: ")]
    [InlineData("report.txt", "%PDF-1.7", "unsupported: ")]
    public async Task A_file_that_cannot_be_read_fails_with_the_reason_and_is_kept(
        string name, string text, string reason)
    {
        var (slug, api) = await fixture.NewOrganizationAsync();
        var id = await api.AddAsync(name, text);

        var document = await api.EndedAsync(id);

        Assert.Equal("failed", (string)document["status"]!);
        Assert.StartsWith(reason, (string)document["error"]!);
        var run = await api.GetAsync($"runs/{id}");
        Assert.Equal(("failed", (string)document["error"]!), ((string)run["status"]!, (string)run["error"]!));
        Assert.True(await fixture.App.Inbox.GetBlobClient($"{slug}/{name}").ExistsAsync());
    }

    [Fact]
    public async Task Invalid_UTF_8_fails_with_the_offset()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var response = await api.UploadAsync("latin.txt", [(byte)'a', 0xE9, (byte)'b']);
        var id = (Guid)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!;

        Assert.Equal(
            "invalid-encoding: The file is not valid UTF-8: see the byte at offset 1.",
            (string)(await api.EndedAsync(id))["error"]!);
    }

    [Fact]
    public async Task A_dropped_file_that_is_too_large_or_empty_fails_with_the_reason()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();

        await fixture.DropAsync($"{slug}/large.txt", new byte[2_000_001]);
        await fixture.DropAsync($"{slug}/empty.txt", []);

        var failed = await Eventually.GetAsync(
            async () => (await api.GetAsync("documents?status=failed"))["items"]!.AsArray() is { Count: 2 } both
                ? both
                : null,
            Patience,
            () => "The dropped files never failed.");
        Assert.Equal(
            ["empty: The file has no bytes.", "too-large: The file has 2000001 bytes; at most 2000000 are accepted."],
            failed.Select(document => (string)document!["error"]!).Order());
    }

    [Fact]
    public async Task A_file_of_an_unknown_organization_is_tried_again_until_the_organization_is_there()
    {
        var unknown = $"later-{Guid.NewGuid():n}";
        await fixture.DropAsync($"{unknown}/folder/file.txt", "text"u8.ToArray());

        await SweepUntilAsync(
            () => fixture.Log.All.Any(line => line.Contains(
                $"{unknown}/folder/file.txt cannot be received", StringComparison.Ordinal)),
            "The file never became a poison file.");
        var ready = (await fixture.App.Client.GetFromJsonAsync<JsonNode>("/api/health/ready"))!;
        Assert.InRange((int)ready["inbox"]!["poison"]!, 1, int.MaxValue);
        Assert.Equal(0L, await fixture.App.Database.ValueAsync<long>(
            $"select count(*) from core.document where blob_path like '{unknown}/%'"));

        await fixture.App.Database.AddOrganizationAsync(unknown);
        await fixture.App.Client.RunNowAsync(nameof(DroppedFileFunctions.SweepInbox));

        await CompletedAsync(new DocumentsApi(fixture.App.ClientOf(unknown)));
    }

    [Fact]
    public async Task A_file_that_the_trigger_passes_over_is_received_by_the_sweep()
    {
        await using var app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
        {
            [$"AzureWebJobs.{nameof(DroppedFileFunctions.ReceiveFile)}.Disabled"] = "true",
        });
        await app.Inbox.CreateIfNotExistsAsync();
        await app.Database.AddOrganizationAsync("late");
        var api = new DocumentsApi(app.ClientOf("late"));
        await app.Inbox.UploadBlobAsync("late/file.txt", new BinaryData("Nobody told of it."));

        await Eventually.TrueAsync(
            async () =>
            {
                await app.Client.RunNowAsync(nameof(DroppedFileFunctions.SweepInbox));
                return (await api.GetAsync("documents?status=completed"))["items"]!.AsArray().Count == 1;
            },
            Patience, () => "The sweep did not find the file.");

        await app.Client.RunNowAsync(nameof(DroppedFileFunctions.SweepInbox));
        Assert.Equal(1, (int)(await api.GetAsync("documents"))["items"]![0]!["version"]!);
    }

    // As the clock does three times a minute.
    private Task SweepUntilAsync(Func<bool> holds, string failure) => Eventually.TrueAsync(
        async () =>
        {
            await fixture.App.Client.RunNowAsync(nameof(DroppedFileFunctions.SweepInbox));
            await Task.Delay(TimeSpan.FromSeconds(1));
            return holds();
        },
        Patience, () => failure);

    private static Task CompletedAsync(DocumentsApi api) => Eventually.TrueAsync(
        async () => (await api.GetAsync("documents?status=completed"))["items"]!.AsArray().Count == 1,
        Patience,
        () => "The dropped file was never ingested.");

    [Fact]
    public async Task A_failed_document_can_be_retried_and_no_other()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();
        var id = await api.AddAsync("later.txt", "Here soon.");
        await api.EndedAsync(id);
        Assert.Equal(HttpStatusCode.Conflict, await RetryAsync(api, id));

        await fixture.App.Inbox.GetBlobClient($"{slug}/gone.txt").UploadAsync(new BinaryData("a\0b"));
        var failed = await Eventually.GetAsync(
            async () => (await api.GetAsync("documents?status=failed"))["items"]!.AsArray().FirstOrDefault(),
            Patience,
            () => "The file never failed.");

        Assert.Equal(HttpStatusCode.Accepted, await RetryAsync(api, (Guid)failed["id"]!));
        var again = await api.EndedAsync((Guid)failed["id"]!, version: 2);
        Assert.Equal(("failed", 2), ((string)again["status"]!, (int)again["version"]!));
        Assert.Equal(HttpStatusCode.NotFound, await RetryAsync(api, Guid.NewGuid()));
    }

    [Fact]
    public async Task A_deleted_document_leaves_nothing_to_find()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("secret.txt", "The secret is out.");

        var response = await api.Client.DeleteAsync($"/api/documents/{id}");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAsync($"/api/documents/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.DeleteAsync($"/api/documents/{id}")).StatusCode);
        Assert.Empty(await api.SearchAsync(new { query = "secret" }));
        Assert.False(await fixture.App.Inbox.GetBlobClient($"{slug}/secret.txt").ExistsAsync());
        Assert.Equal(0L, await fixture.App.Database.ValueAsync<long>(
            $"select count(*) from core.document_chunk where document_id = '{id}'"));
        Assert.NotEqual(id, await api.IngestAsync("secret.txt", "The secret is out."));
    }

    [Fact]
    public async Task A_document_may_be_deleted_while_it_is_ingested()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var text = string.Concat(Enumerable.Range(0, 3000).Select(n => $"Sentence number {n} of a long text.\n"));
        var id = await api.AddAsync("long.txt", text, ("chunkSize", "32"), ("chunkOverlap", "0"));

        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync($"/api/documents/{id}")).StatusCode);

        var (status, chunks) = ("", 0L);
        await Eventually.TrueAsync(
            async () =>
            {
                status = (string)(await api.GetAsync($"runs/{id}"))["status"]!;
                chunks = await fixture.App.Database.ValueAsync<long>(
                    $"select count(*) from core.document_chunk where document_id = '{id}'");
                return (status, chunks) == ("cancelled", 0);
            },
            Patience,
            () => $"Its run is {status}, and {chunks} chunks are left.");
    }

    [Fact]
    public async Task Many_versions_in_a_row_end_at_the_last()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var id = Guid.Empty;
        for (var version = 1; version <= 6; version++)
            id = await api.AddAsync("busy.txt", $"This is edition {version}.");

        var document = await api.EndedAsync(id, version: 6);

        Assert.Equal("completed", (string)document["status"]!);
        Assert.Equal("This is edition 6.", (string)Assert.Single(await api.ChunksAsync(id))!["content"]!);
    }

    [Fact]
    public async Task What_lies_at_a_path_counts_when_other_bytes_were_recorded_last()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("raced.txt", "Written last.");
        await fixture.DropAsync($"{slug}/later.txt", "A later file."u8.ToArray());
        await Eventually.TrueAsync(
            async () => (await api.GetAsync("documents?status=completed"))["items"]!.AsArray().Count == 2,
            Patience,
            () => "The later file was never ingested.");
        await fixture.App.Database.ExecuteAsync(
            $"update core.document set status = 'failed', error = 'x', content_hash = sha256('b') where id = '{id}'");

        await RetryAsync(api, id);
        var document = await api.EndedAsync(id, version: 3);

        Assert.Equal("completed", (string)document["status"]!);
        Assert.Equal("Written last.", (string)Assert.Single(await api.ChunksAsync(id))!["content"]!);
    }

    private static async Task<HttpStatusCode> RetryAsync(DocumentsApi api, Guid id) =>
        (await api.Client.PostAsync($"/api/documents/{id}/retry", null)).StatusCode;

    private Task<long> EventsAsync(Guid id, string action) => fixture.App.Database.ValueAsync<long>(
        $"select count(*) from ops.event where entity_id = '{id}' and action = '{action}'");
}
