using System.ComponentModel.DataAnnotations;

namespace Assay;

public sealed class ProviderStoreTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private ProviderServicesScope services = null!;

    public async Task InitializeAsync() => services = new(database, await database.AddOrganizationAsync(), null);

    public async Task DisposeAsync() => await services.DisposeAsync();

    [Fact]
    public async Task Built_in_providers_obey_the_rules_for_changed_ones()
    {
        var providers = await services.Providers.ListAsync(null, 100, CancellationToken.None);

        Assert.Equal(
            ["anthropic", "azure-openai", "built-in", "gemini", "openai", "self-hosted"],
            providers.Select(provider => provider.Name));
        foreach (var settings in providers.Select(ProviderSettings.Of))
        {
            object?[] checkedOnes = [settings, settings.ValidationRules, .. settings.Models];
            foreach (var value in checkedOnes.OfType<object>())
                Validator.ValidateObject(value, new(value), validateAllProperties: true);
            Assert.All(settings.Models, model => Assert.True(model.ContextTokens > 0));
        }
    }

    [Theory]
    [InlineData("openai", "sk-proj-0123456789abcdefghij", null, null)]
    [InlineData("openai", "pk-0123456789abcdefghij", null, "secret")]
    [InlineData("anthropic", "sk-0123456789abcdefghij", null, "secret")]
    [InlineData("openai", "sk-proj-0123456789abcdefghij", "https://example.com", "baseUrl")]
    [InlineData("self-hosted", "anything", "http://127.0.0.1:11434/v1", null)]
    [InlineData("self-hosted", "anything", null, "baseUrl")]
    [InlineData("self-hosted", "anything", "file:///etc/passwd", "baseUrl")]
    [InlineData("built-in", "anything", null, "provider")]
    public async Task Each_provider_says_what_its_keys_look_like_and_where_they_go(
        string name, string secret, string? baseUrl, string? fault)
    {
        var provider = (await services.Providers.FindAsync(name, CancellationToken.None))!;

        var errors = CredentialRules.Check(provider, secret, baseUrl);

        Assert.Equal(fault is not null, errors.Count > 0);
        if (fault is not null)
            Assert.Contains(fault, errors.Keys);
        Assert.DoesNotContain(secret, string.Concat(errors.SelectMany(error => error.Value)));
    }

    [Fact]
    public async Task A_change_is_kept_and_logged_unless_another_came_before()
    {
        var known = (await services.Providers.FindAsync("gemini", CancellationToken.None))!;
        var settings = ProviderSettings.Of(known) with
        {
            MaxRequestsPerMinute = 5,
            Models = [new("gemini-next", 1000, 0.5m, 1.25m)],
        };

        var changed = (await services.Providers.ChangeAsync(known, settings, CancellationToken.None))!;

        Assert.Equal((5, 2), (changed.MaxRequestsPerMinute, changed.Version));
        Assert.Equal(settings.Models, ProviderSettings.Of(changed).Models);
        Assert.Equal(known.ValidationRules!.ToJsonString(), changed.ValidationRules!.ToJsonString());
        Assert.Null(await services.Providers.ChangeAsync(known, settings, CancellationToken.None));
        Assert.Equal("60 5", await database.ValueAsync<string>(
            """
            select concat_ws(
                ' ', before_state -> 'max_requests_per_minute', after_state -> 'max_requests_per_minute')
            from ops.event where entity_type = 'provider' and action = 'updated'
            """));
    }
}
