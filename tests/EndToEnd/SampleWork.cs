using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;

namespace Assay;

/// <summary>Work for fault tests to interrupt: documents that differ, and prompts that differ.</summary>
internal static class SampleWork
{
    public const string Organization = "sample";

    /// <summary>A Markdown text of several chunks.</summary>
    public static string Document(int number)
    {
        var text = new StringBuilder($"# Handbook {number}\n\n");
        for (var section = 1; section <= 8; section++)
        {
            text.Append($"## Section {section} of volume {number}\n\n");
            for (var sentence = 1; sentence <= 12; sentence++)
                text.Append($"Rule {number}.{section}.{sentence}: a reviewer of volume {number} writes down what was ")
                    .Append($"measured, with the unit, before anybody argues about case {section * sentence}. ");
            text.Append("\n\n");
        }
        return text.ToString();
    }

    public static string Prompt(int number) =>
        $"You are a careful analyst of case {number}. Be brief. Explain in great detail some of the findings in "
        + $"{{{{report_{number}}}}}. Always answer in French. Never answer in French. Don't guess.";

    public static async Task DropDocumentsAsync(BlobContainerClient inbox, int count)
    {
        for (var number = 1; number <= count; number++)
            await inbox.UploadBlobAsync(
                $"{Organization}/handbook-{number}.md", BinaryData.FromString(Document(number)));
    }

    /// <summary>Asks for analyses of prompts; returns the ids of those that were accepted.</summary>
    public static async Task<IReadOnlyList<Guid>> RequestAnalysesAsync(HttpClient client, int count)
    {
        var accepted = new List<Guid>();
        for (var number = 1; number <= count; number++)
        {
            var response = await client.PostAsJsonAsync("/api/analyses", new { text = Prompt(number) });
            response.EnsureSuccessStatusCode();
            accepted.Add(Guid.Parse(response.Headers.Location!.OriginalString.Split('/')[^1]));
        }
        return accepted;
    }

    public static async Task<JsonNode> GetAsync(HttpClient client, string path) =>
        (await client.GetFromJsonAsync<JsonNode>(path))!;
}
