using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>The services of a request in which somebody acts for an organization.</summary>
internal sealed class ProviderServicesScope : IAsyncDisposable
{
    private readonly ServiceProvider services;
    private readonly AsyncServiceScope scope;

    /// <param name="user">Null for an organization's own API key.</param>
    public ProviderServicesScope(TestDatabase database, Guid organization, Guid? user)
    {
        var settings = new Dictionary<string, string?>(database.Settings)
        {
            ["Assay__Secrets__Keys__test"] = Convert.ToBase64String(new byte[SecretsOptions.KeyLength]),
            ["Assay__Secrets__CurrentKey"] = "test",
        };
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key.Replace("__", ":"), s.Value)))
            .Build();
        services = new ServiceCollection()
            .AddSingleton(TimeProvider.System)
            .AddDatabase(configuration)
            .AddOutbound(configuration)
            .AddSecrets(configuration)
            .AddLimits()
            .AddProviders(configuration)
            .BuildServiceProvider();
        scope = services.CreateAsyncScope();
        var actor = new Actor(user is null ? ActorKind.ApiKey : ActorKind.User, user ?? Guid.CreateVersion7(), user);
        scope.ServiceProvider.GetRequiredService<OrganizationScope>().Enter(organization, actor);
    }

    public ProviderStore Providers => scope.ServiceProvider.GetRequiredService<ProviderStore>();

    public CredentialStore Credentials => scope.ServiceProvider.GetRequiredService<CredentialStore>();

    public ProviderKeys Keys => scope.ServiceProvider.GetRequiredService<ProviderKeys>();

    /// <summary>Of the organization, unless it is personal; null makes up a name.</summary>
    public async Task<ProviderCredential> AddAsync(
        string secret, bool isPersonal = false, string provider = "openai", string? name = null)
    {
        var outcome = await Credentials.AddAsync(
            new(provider, name ?? $"Key {Guid.NewGuid():n}", secret, null, isPersonal),
            (await Providers.FindAsync(provider, CancellationToken.None))!, CancellationToken.None);
        return Assert.IsType<CredentialOutcome.Stored>(outcome).Credential;
    }

    public async Task<string?> UseAsync(string provider = "openai") =>
        (await Keys.UseAsync(provider, null, CancellationToken.None))?.Secret;

    public Task<IReadOnlyList<ProviderCredential>> ListAsync() =>
        Credentials.ListAsync(new(), null, 200, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await scope.DisposeAsync();
        await services.DisposeAsync();
    }
}
