using Azure.Storage.Blobs;

namespace Assay;

/// <summary>A blob container of a test's own, deleted after it.</summary>
internal sealed class InboxContainer : IAsyncDisposable
{
    private InboxContainer(BlobContainerClient client) => Client = client;

    public BlobContainerClient Client { get; }

    public static async Task<InboxContainer> CreateAsync()
    {
        var client = new BlobContainerClient(TestBlobs.ConnectionString, $"inbox-{Guid.NewGuid():n}");
        await client.CreateAsync();
        return new InboxContainer(client);
    }

    public async ValueTask DisposeAsync() => await Client.DeleteIfExistsAsync();
}
