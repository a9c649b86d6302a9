using Azure.Storage.Blobs.Models;

namespace Assay;

/// <summary>An app for a test class, whose tests each use an organization of their own.</summary>
public sealed class DocumentsApp : IAsyncLifetime
{
    public AssayApp App { get; private set; } = null!;

    internal LogLines Log { get; } = new();

    public async Task InitializeAsync()
    {
        App = await AssayApp.StartAsync(
            settings: new Dictionary<string, string?>
            {
                ["Assay__Documents__BytesMax"] = "2000000",
                ["Assay__Embeddings__BatchSize"] = "8",
            },
            log: Log);
        await App.Inbox.CreateIfNotExistsAsync();
    }

    public async Task DisposeAsync() => await App.DisposeAsync();

    internal async Task<(string Slug, DocumentsApi Api)> NewOrganizationAsync()
    {
        var slug = $"org-{Guid.NewGuid():n}";
        await App.Database.AddOrganizationAsync(slug);
        return (slug, new DocumentsApi(App.ClientOf(slug)));
    }

    internal Task DropAsync(string path, byte[] content) =>
        App.Inbox.GetBlobClient(path).UploadAsync(new BinaryData(content), new BlobUploadOptions());
}
