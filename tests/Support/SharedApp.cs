using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>An app for a test class, whose tests each use an organization of their own.</summary>
public sealed class SharedApp : IAsyncLifetime
{
    public AssayApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        App = await AssayApp.StartAsync();
        await App.Inbox.CreateIfNotExistsAsync();
    }

    public async Task DisposeAsync() => await App.DisposeAsync();

    internal async Task<(Guid Organization, HttpClient Client)> NewOrganizationAsync()
    {
        var organization = await App.Database.AddOrganizationAsync();
        return (organization, await App.ClientOfAsync(organization, Role.Member));
    }

    /// <summary>Does at once what the timer would have begun within seconds.</summary>
    internal async Task EmbedAsync(Guid organization)
    {
        await using var scope = App.Services.CreateAsyncScope();
        while (await scope.ServiceProvider.GetRequiredService<EntityEmbedder>().EmbedBatchAsync(organization, default))
        {
        }
    }
}
