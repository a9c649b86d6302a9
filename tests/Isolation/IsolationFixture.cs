using System.Security.Cryptography;

namespace Assay;

/// <summary>An app with two tenants that must not see each other.</summary>
public sealed class IsolationFixture : IAsyncLifetime
{
    public AssayApp App { get; private set; } = null!;

    internal Tenant Theirs { get; private set; } = null!;

    internal Tenant Mine { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        App = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
        {
            ["Assay__Secrets__Keys__test"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Assay__Secrets__CurrentKey"] = "test",
            // Every route is asked many times over by one caller.
            ["Assay__Settings__key-requests-per-minute"] = "1000000000",
            ["Assay__Settings__user-requests-per-minute"] = "1000000000",
            ["Assay__Settings__organization-requests-per-minute"] = "1000000000",
        });
        Theirs = await Tenant.CreateAsync(App);
        Mine = await Tenant.CreateAsync(App);
    }

    public async Task DisposeAsync() => await App.DisposeAsync();
}
