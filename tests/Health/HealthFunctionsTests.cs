using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class HealthFunctionsTests
{
    [Fact]
    public async Task A_ready_app_names_its_parts_and_what_waits()
    {
        await using var app = await AssayApp.StartAsync();

        var ready = (await app.Client.GetFromJsonAsync<JsonNode>("/api/health/ready"))!;

        Assert.True((bool)ready["ready"]!);
        Assert.StartsWith("0.", (string)ready["database"]!["pgvector"]!);
        Assert.Equal(0, (int)ready["migrations"]!["pending"]!);
        Assert.Equal(MigrationFile.Embedded.Count, (int)ready["migrations"]!["applied"]!);
        Assert.Equal(0, (int)ready["work"]!["queued"]!);
    }

    [Fact]
    public async Task An_app_whose_database_lacks_a_migration_is_not_ready()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(
            "delete from ops.migration where version = (select max(version) from ops.migration)");
        await using var app = await AssayApp.StartAsync(database);

        var response = await app.Client.GetAsync("/api/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        var ready = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        var described = JsonNode.Parse(await app.Client.GetStringAsync("/api/openapi.json"))!;
        var answer = described["paths"]!["/health/ready"]!["get"]!["responses"]!["503"]!;
        Assert.Empty(new SchemaCheck(described).FaultsOf(answer["content"]!["application/json"]!["schema"]!, ready));
        Assert.Equal(1, (int)ready["migrations"]!["pending"]!);
        Assert.Null((string?)ready["database"]!["problem"]);
    }

    [Fact]
    public async Task An_app_without_its_blobs_says_so_and_lives()
    {
        await using var app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
        {
            // Nothing listens on port 1.
            ["AzureWebJobsStorage"] = "DefaultEndpointsProtocol=http;AccountName=away;AccountKey=YXdheQ==;"
                + "BlobEndpoint=http://127.0.0.1:1/away",
        });

        var response = await app.Client.GetAsync("/api/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var ready = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal("Blob storage does not answer.", (string)ready["blobs"]!["problem"]!);
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/api/health")).StatusCode);
    }
}
