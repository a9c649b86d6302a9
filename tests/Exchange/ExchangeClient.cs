using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>How an import ended.</summary>
internal sealed record Imported(int Created, int Changed, int Skipped, int Failed, IReadOnlyList<ImportError> Errors);

internal static class ExchangeClient
{
    public const string Header = """{"format":"assay-bundle","version":1}""";

    public static async Task<string[]> ExportAsync(this HttpClient client, string query = "")
    {
        var answer = await client.GetAsync($"/api/export{query}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal("application/jsonl", answer.Content.Headers.ContentType!.MediaType);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static Task<HttpResponseMessage> SendBundleAsync(
        this HttpClient client, IEnumerable<string> lines, string query = "") =>
        client.PostAsync($"/api/import{query}", new StringContent(
            string.Join('\n', lines), Encoding.UTF8, "application/jsonl"));

    public static async Task<Imported> ImportAsync(
        this HttpClient client, IEnumerable<string> lines, string query = "")
    {
        var run = await (await client.SendBundleAsync(lines, query)).ReadAsync<AcceptedRun>(HttpStatusCode.Accepted);
        return await client.ImportedAsync(run.RunId);
    }

    public static async Task<Imported> ImportedAsync(this HttpClient client, Guid run)
    {
        JsonObject detail = [];
        await Eventually.TrueAsync(
            async () => (detail = await client.GetAsync<JsonObject>($"/api/runs/{run}"))["finishedAt"] is not null,
            TimeSpan.FromSeconds(60), () => $"The import did not end: {detail}");
        Assert.True((string?)detail["status"] == "succeeded", $"{detail}");
        Assert.Equal(1, (double)detail["progress"]!);
        int Number(string name) => (int)(double)Metric(name)["number"]!;
        JsonNode Metric(string name) => detail["metrics"]!.AsArray().Single(one => (string?)one!["name"] == name)!;
        return new(
            Number("created"), Number("changed"), Number("skipped"), Number("failed"),
            [.. Metric("errors")["json"]!.AsArray().Select(error => new ImportError(
                (int)error!["line"]!, (string)error["field"]!, (string)error["expected"]!))]);
    }
}
