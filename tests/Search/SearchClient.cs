using System.Net;

namespace Assay;

internal static class SearchClient
{
    public static async Task<ContentPage> SearchAsync(this HttpClient client, object search) =>
        await (await client.PostAsync("/api/search", EntityClient.Json(search)))
            .ReadAsync<ContentPage>(HttpStatusCode.OK);

    /// <summary>The titles of what is found, best first.</summary>
    public static async Task<string> TitlesAsync(this HttpClient client, object search) =>
        string.Join(", ", (await client.SearchAsync(search)).Items.Select(hit => hit.Title));

    /// <summary>Adds a prompt that is seen by its owner alone, or has tags, or a language.</summary>
    public static Task<Entity> AddTextAsync(
        this HttpClient client, string title, string text, string visibility = "organization",
        string language = "en", string[]? tags = null, string status = "draft") =>
        client.AddAsync("prompts", new { title, content = new { text, language }, visibility, tags, status });

    public static Task BeginEmbeddingAsync(this HttpClient client) =>
        client.RunNowAsync(nameof(EntityEmbeddingFunctions.StartEntityEmbeddings));

    /// <summary>The state of an entity's vector once it is what it is to become.</summary>
    public static Task<EntityEmbedding> EmbeddedAsync(
        this HttpClient client, Guid id, string status = EmbeddingStatus.Completed)
    {
        EntityEmbedding? last = null;
        return Eventually.GetAsync(
            async () =>
            {
                await client.BeginEmbeddingAsync();
                last = await client.GetAsync<EntityEmbedding>($"/api/entities/{id}/embedding");
                return last.Status == status ? last : null;
            },
            TimeSpan.FromSeconds(60),
            () => $"The vector never became {status}: {last}.");
    }
}
