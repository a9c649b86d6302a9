namespace Assay;

public sealed class KeyVaultTests : IAsyncLifetime
{
    private static readonly SecretPlace Place = TestSecrets.NewPlace();

    private FakeKeyVault vault = null!;
    private SecretBox box = null!;

    public async Task InitializeAsync()
    {
        vault = await FakeKeyVault.StartAsync();
        box = TestSecrets.NewBox(vault.Settings());
    }

    public async Task DisposeAsync() => await vault.DisposeAsync();

    [Fact]
    public async Task The_vault_wraps_each_data_key_and_unwraps_it_for_any_process()
    {
        var stored = await SealAsync();

        Assert.Equal(FakeKeyVault.KeyId, stored.EncryptionKeyId);
        Assert.Equal("sk-secret", await OpenAsync(stored, TestSecrets.NewBox(vault.Settings())));
        Assert.Equal(["wrapkey", "unwrapkey"], vault.Operations);
    }

    [Fact]
    public async Task One_token_and_one_question_serve_every_use_of_a_secret()
    {
        var stored = await SealAsync();
        for (var use = 0; use < 5; use++)
            Assert.Equal("sk-secret", await OpenAsync(stored, box));

        Assert.Equal(["wrapkey", "unwrapkey"], vault.Operations);
        Assert.Equal(1, vault.Tokens);
    }

    [Fact]
    public async Task A_token_about_to_expire_is_replaced()
    {
        vault.TokenLife = TimeSpan.FromMinutes(4);

        await SealAsync();
        await SealAsync();

        Assert.Equal(2, vault.Tokens);
    }

    [Fact]
    public async Task A_token_revoked_before_its_time_is_replaced()
    {
        await SealAsync();
        vault.FirstToken = 2;

        var stored = await SealAsync();

        Assert.Equal("sk-secret", await OpenAsync(stored, box));
        Assert.Equal(2, vault.Tokens);
    }

    [Fact]
    public async Task An_identity_without_rights_is_not_asked_for_ever()
    {
        vault.FirstToken = int.MaxValue;

        Assert.Contains("wrapkey", await AssertUnavailableAsync(SealAsync));
        Assert.Equal(2, vault.Tokens);
    }

    [Fact]
    public async Task A_vault_that_is_busy_is_asked_again()
    {
        vault.Fail(429, 503);

        await SealAsync();

        Assert.Equal(3, vault.Operations.Count);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task A_refusal_is_told_by_its_status_alone(int status)
    {
        vault.Fail(status, status, status);

        var message = await AssertUnavailableAsync(SealAsync);

        Assert.Contains($"{status}", message);
        Assert.DoesNotContain("hush", message);
    }

    [Fact]
    public async Task A_vault_that_is_away_makes_secrets_unavailable()
    {
        await SealAsync();
        await vault.DisposeAsync();

        Assert.Contains("cannot be reached", await AssertUnavailableAsync(SealAsync));
    }

    [Fact]
    public async Task An_identity_that_gets_no_token_is_told()
    {
        var settings = vault.Settings();
        settings["Assay__Secrets__KeyVaultIdentity"] = $"{Guid.NewGuid()}";
        box = TestSecrets.NewBox(settings);

        Assert.Contains("managed identity", await AssertUnavailableAsync(SealAsync));
    }

    [Fact]
    public async Task A_changed_data_key_is_unreadable()
    {
        var stored = await SealAsync();
        stored.Ciphertext[100] ^= 1;

        await Assert.ThrowsAsync<SecretUnreadableException>(() => OpenAsync(stored, box));
    }

    [Fact]
    public async Task Secrets_move_from_a_configured_key_into_the_vault_and_back()
    {
        var key = TestSecrets.NewKey();
        var settings = vault.Settings();
        settings["Assay__Secrets__Keys__local"] = key;
        var before = await TestSecrets.NewBox(("local", key)).SealAsync("sk-secret", Place, CancellationToken.None);

        var inside = await TestSecrets.NewBox(settings).RewrapAsync(before, CancellationToken.None);
        settings["Assay__Secrets__CurrentKey"] = "local";
        var back = await TestSecrets.NewBox(settings).RewrapAsync(inside, CancellationToken.None);

        Assert.Equal("sk-secret", await OpenAsync(inside, box));
        Assert.Equal("sk-secret", await OpenAsync(back, TestSecrets.NewBox(("local", key))));
    }

    private Task<SealedSecret> SealAsync() => box.SealAsync("sk-secret", Place, CancellationToken.None);

    private static Task<string> OpenAsync(SealedSecret stored, SecretBox box) =>
        box.OpenAsync(stored, Place, CancellationToken.None);

    private static async Task<string> AssertUnavailableAsync(Func<Task> work) =>
        (await Assert.ThrowsAsync<SecretsUnavailableException>(work)).Message;
}
