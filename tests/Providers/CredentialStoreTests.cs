namespace Assay;

public sealed class CredentialStoreTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Secret = "sk-never-to-be-seen-0123456789";

    private Guid organization;
    private Guid user;
    private ProviderServicesScope member = null!;

    public async Task InitializeAsync()
    {
        organization = await database.AddOrganizationAsync();
        user = await database.AddMemberAsync(organization, Role.Member);
        member = new(database, organization, user);
    }

    public async Task DisposeAsync() => await member.DisposeAsync();

    [Fact]
    public async Task A_key_is_stored_sealed_and_comes_back_where_it_is_used()
    {
        var credential = await member.AddAsync(Secret);

        Assert.Equal("6789", credential.LastFour);
        Assert.Equal(Secret, await member.UseAsync());
        var rows = await database.ValueAsync<string>(
            "select string_agg(c::text, '') from ops.provider_credential c");
        Assert.DoesNotContain("never-to-be-seen", rows);
        Assert.DoesNotContain(Convert.ToHexStringLower("never-to-be-seen"u8), rows);
    }

    [Fact]
    public async Task Ones_own_key_goes_before_the_organizations()
    {
        await using var colleague = new ProviderServicesScope(
            database, organization, await database.AddMemberAsync(organization, Role.Member));
        await using var program = new ProviderServicesScope(database, organization, null);
        await member.AddAsync("sk-mine-0123456789abcdef", isPersonal: true);
        var shared = await member.AddAsync("sk-shared-0123456789abcdef");

        Assert.Equal("sk-mine-0123456789abcdef", await member.UseAsync());
        Assert.Equal("sk-shared-0123456789abcdef", await colleague.UseAsync());
        Assert.Equal("sk-shared-0123456789abcdef", await program.UseAsync());
        Assert.Null(await member.UseAsync("anthropic"));

        Assert.Equal(2, (await member.ListAsync()).Count);
        Assert.Equal([shared.Id], (await colleague.ListAsync()).Select(credential => credential.Id));
        Assert.Equal([shared.Id], (await program.ListAsync()).Select(credential => credential.Id));
    }

    [Fact]
    public async Task Another_organization_finds_nothing_even_through_the_same_person()
    {
        var elsewhere = await database.AddOrganizationAsync();
        var personal = await member.AddAsync(Secret, isPersonal: true);
        await member.AddAsync(Secret);
        await using var there = new ProviderServicesScope(database, elsewhere, user);

        Assert.Empty(await there.ListAsync());
        Assert.Null(await there.Credentials.FindAsync(personal.Id, CancellationToken.None));
        Assert.Null(await there.UseAsync());
        Assert.False(await there.Credentials.TryDeleteAsync(personal, CancellationToken.None));
    }

    [Fact]
    public async Task A_key_that_is_switched_off_or_whose_provider_is_is_not_used()
    {
        await using var scratch = await TestDatabase.CreateAsync();
        await using var services = new ProviderServicesScope(scratch, await scratch.AddOrganizationAsync(), null);
        await services.AddAsync("sk-older-0123456789abcdef");
        await services.AddAsync("sk-newer-0123456789abcdef", name: "newer");

        Assert.Equal("sk-newer-0123456789abcdef", await services.UseAsync());
        await scratch.ExecuteAsync("update ops.provider_credential set is_active = false where name = 'newer'");
        Assert.Equal("sk-older-0123456789abcdef", await services.UseAsync());
        await scratch.ExecuteAsync("update ops.provider set is_active = false");
        Assert.Null(await services.UseAsync());
    }

    [Theory]
    [InlineData("ciphertext = set_byte(ciphertext, 90, get_byte(ciphertext, 90) # 1)")]
    [InlineData("user_id = null")]
    [InlineData("id = gen_random_uuid()")]
    [InlineData("organization_id = '{0}'")]
    [InlineData("ciphertext = (select o.ciphertext from ops.provider_credential o where o.id <> c.id)")]
    public async Task A_row_that_was_tampered_with_gives_no_key(string tampering)
    {
        await using var scratch = await TestDatabase.CreateAsync();
        var (mine, theirs) = (await scratch.AddOrganizationAsync(), await scratch.AddOrganizationAsync());
        var person = await scratch.AddMemberAsync(mine, Role.Member);
        await using (var services = new ProviderServicesScope(scratch, mine, person))
        {
            await services.AddAsync(Secret, isPersonal: true);
            await services.AddAsync("sk-ant-0123456789abcdef", provider: "anthropic");
        }

        await scratch.ExecuteAsync(
            $"update ops.provider_credential c set {string.Format(tampering, theirs)} where user_id is not null");

        var moved = tampering.Contains("organization_id");
        await using var thief = new ProviderServicesScope(scratch, moved ? theirs : mine, person);
        var failure = await Assert.ThrowsAsync<SecretUnreadableException>(() => thief.UseAsync());
        Assert.DoesNotContain("sk-", failure.ToString());
    }

    [Fact]
    public async Task A_name_is_taken_once_by_each_owner()
    {
        await member.AddAsync(Secret, name: "Ours");
        await member.AddAsync(Secret, isPersonal: true, name: "Ours");
        await member.AddAsync("sk-ant-0123456789abcdef", provider: "anthropic", name: "Ours");
        var provider = (await member.Providers.FindAsync("openai", CancellationToken.None))!;

        var again = await member.Credentials.AddAsync(
            new("openai", "Ours", Secret), provider, CancellationToken.None);

        Assert.IsType<CredentialOutcome.NameTaken>(again);
    }

    [Fact]
    public async Task A_new_key_counts_as_untried_and_a_new_name_does_not()
    {
        var credential = await member.AddAsync(Secret);
        credential = (await member.Credentials.RecordTrialAsync(credential, null, CancellationToken.None))!;
        Assert.True(credential.IsValidated);

        credential = await ChangeAsync(credential, new("Renamed", null, true));
        Assert.True(credential.IsValidated);
        credential = await ChangeAsync(credential, new("Renamed", null, true, "sk-next-key-0123456789wxyz"));

        Assert.False(credential.IsValidated);
        Assert.Null(credential.ValidatedAt);
        Assert.Equal(("Renamed", "wxyz", 4), (credential.Name, credential.LastFour, credential.Version));
        Assert.Equal("sk-next-key-0123456789wxyz", await member.UseAsync());
    }

    [Fact]
    public async Task What_changed_meanwhile_is_neither_changed_nor_deleted()
    {
        var known = await member.AddAsync(Secret);
        await ChangeAsync(known, new("Renamed", null, true));

        Assert.IsType<CredentialOutcome.Stale>(await member.Credentials.ChangeAsync(
            known, new("Late", null, true), CancellationToken.None));
        Assert.Null(await member.Credentials.RecordTrialAsync(known, null, CancellationToken.None));
        Assert.False(await member.Credentials.TryDeleteAsync(known, CancellationToken.None));
        Assert.Equal("Renamed", (await member.Credentials.FindAsync(known.Id, CancellationToken.None))!.Name);
    }

    [Fact]
    public async Task Every_change_is_in_the_log_without_the_key()
    {
        var credential = await member.AddAsync(Secret);
        credential = await ChangeAsync(credential, new("Renamed", null, true, "sk-next-key-0123456789wxyz"));
        credential = (await member.Credentials.RecordTrialAsync(credential, "Refused.", CancellationToken.None))!;
        Assert.True(await member.Credentials.TryDeleteAsync(credential, CancellationToken.None));

        Assert.Equal("created updated validated deleted", await database.ValueAsync<string>(
            $"select string_agg(action, ' ' order by sequence) from ops.event where entity_id = '{credential.Id}'"));
        var events = await database.ValueAsync<string>("select string_agg(e::text, '') from ops.event e");
        Assert.DoesNotContain("never-to-be-seen", events);
        Assert.DoesNotContain("next-key", events);
    }

    [Fact]
    public async Task Use_is_counted_without_touching_the_version()
    {
        var credential = await member.AddAsync(Secret);

        await member.UseAsync();
        await member.UseAsync();

        var used = (await member.Credentials.FindAsync(credential.Id, CancellationToken.None))!;
        Assert.Equal((1, 1), (used.UsageCount, used.Version));
        Assert.NotNull(used.LastUsedAt);
    }

    private async Task<ProviderCredential> ChangeAsync(ProviderCredential known, CredentialSettings settings) =>
        Assert.IsType<CredentialOutcome.Stored>(
            await member.Credentials.ChangeAsync(known, settings, CancellationToken.None)).Credential;
}
