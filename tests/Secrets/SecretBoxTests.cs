using System.Text;

namespace Assay;

public sealed class SecretBoxTests
{
    // Made by another implementation of the documented format, with a key of zeros.
    private const string Golden =
        "01003cceead57148cc82c5614eb20dd3b28f2cf0df1a93f776d1bcc204c3f4b4b7e59e9c69b479366c80afb664cb23e0d57091b6ef0b"
        + "d429ebdc1619b30b032068ad4ce087487e2c6f985a129846c445bdbb016863832167e7bb6df60db2d4348f83ccecf3c8afc6";

    private static readonly SecretPlace Place = TestSecrets.NewPlace();

    private readonly SecretBox box = TestSecrets.NewBox(("first", TestSecrets.NewKey()));

    [Theory]
    [InlineData("sk-secret")]
    [InlineData("")]
    [InlineData("ключ 🔑")]
    public async Task A_secret_comes_back_as_it_was(string secret)
    {
        var stored = await box.SealAsync(secret, Place, CancellationToken.None);

        Assert.Equal("first", stored.EncryptionKeyId);
        Assert.Equal(secret, await box.OpenAsync(stored, Place, CancellationToken.None));
    }

    // What is stored outlives every version of the code.
    [Fact]
    public async Task What_the_first_version_stored_is_read_for_ever()
    {
        var keys = TestSecrets.NewBox(("golden", Convert.ToBase64String(new byte[SecretsOptions.KeyLength])));
        var place = new SecretPlace(
            "ops.sample.ciphertext", Guid.Parse("01000000-0000-7000-8000-000000000001"),
            Guid.Parse("01000000-0000-7000-8000-000000000002"), null);

        Assert.Equal(
            "golden secret",
            await keys.OpenAsync(new(Convert.FromHexString(Golden), "golden"), place, CancellationToken.None));
    }

    [Fact]
    public async Task Nothing_of_a_secret_is_stored_and_nothing_repeats()
    {
        var secret = new string('x', SecretBox.LengthMax);

        var one = await box.SealAsync(secret, Place, CancellationToken.None);
        var other = await box.SealAsync(secret, Place, CancellationToken.None);

        Assert.DoesNotContain("xxxxxx", Encoding.Latin1.GetString(one.Ciphertext));
        // Of 65,000 pairs of random bytes some 256 agree.
        Assert.InRange(one.Ciphertext.Zip(other.Ciphertext).Count(pair => pair.First == pair.Second), 3, 1000);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => box.SealAsync(secret + "x", Place, CancellationToken.None));
    }

    [Fact]
    public async Task A_single_changed_bit_anywhere_makes_it_unreadable()
    {
        var stored = await box.SealAsync("sk-secret", Place, CancellationToken.None);

        for (var bit = 0; bit < stored.Ciphertext.Length * 8; bit++)
        {
            byte[] changed = [.. stored.Ciphertext];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            await AssertUnreadableAsync(stored with { Ciphertext = changed }, Place, box);
        }
    }

    [Fact]
    public async Task What_is_cut_short_or_grown_is_unreadable()
    {
        var stored = await box.SealAsync("sk-secret", Place, CancellationToken.None);

        for (var length = 0; length < stored.Ciphertext.Length; length++)
            await AssertUnreadableAsync(stored with { Ciphertext = stored.Ciphertext[..length] }, Place, box);
        await AssertUnreadableAsync(stored with { Ciphertext = [.. stored.Ciphertext, 0] }, Place, box);
    }

    [Fact]
    public async Task Moved_to_another_row_column_organization_or_user_it_is_unreadable()
    {
        var stored = await box.SealAsync("sk-secret", Place, CancellationToken.None);

        await AssertUnreadableAsync(stored, Place with { Row = Guid.CreateVersion7() }, box);
        await AssertUnreadableAsync(stored, Place with { Column = "ops.sample.other" }, box);
        await AssertUnreadableAsync(stored, Place with { Organization = Guid.CreateVersion7() }, box);
        await AssertUnreadableAsync(stored, Place with { User = Guid.CreateVersion7() }, box);
        await AssertUnreadableAsync(stored, Place with { User = null }, box);
        await AssertUnreadableAsync(
            stored, Place with { Organization = Place.User, User = Place.Organization }, box);
    }

    [Fact]
    public async Task Rewrapped_it_is_under_the_current_key_and_its_content_untouched()
    {
        var (old, young) = (TestSecrets.NewKey(), TestSecrets.NewKey());
        var before = await TestSecrets.NewBox(("old", old)).SealAsync("sk-secret", Place, CancellationToken.None);
        var both = TestSecrets.NewBox(("old", old), ("young", young));

        var after = await both.RewrapAsync(before, CancellationToken.None);

        Assert.Equal("young", after.EncryptionKeyId);
        Assert.Equal("sk-secret", await both.OpenAsync(before, Place, CancellationToken.None));
        Assert.Equal(
            "sk-secret", await TestSecrets.NewBox(("young", young)).OpenAsync(after, Place, CancellationToken.None));
        Assert.Equal(before.Ciphertext[63..], after.Ciphertext[63..]);
        Assert.NotEqual(before.Ciphertext[3..63], after.Ciphertext[3..63]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_that_names_another_key_is_unreadable_even_if_the_keys_are_equal(bool equal)
    {
        var key = TestSecrets.NewKey();
        var both = TestSecrets.NewBox(("one", equal ? key : TestSecrets.NewKey()), ("two", key));
        var stored = await both.SealAsync("sk-secret", Place, CancellationToken.None);

        await AssertUnreadableAsync(stored with { EncryptionKeyId = "one" }, Place, both);
    }

    [Theory]
    [InlineData("gone", "Assay__Secrets__Keys__gone is not set")]
    [InlineData("vault-key/1", "Assay__Secrets__KeyVault is not set")]
    public async Task A_key_that_is_missing_is_named(string keyId, string expected)
    {
        var stored = await box.SealAsync("sk-secret", Place, CancellationToken.None);

        var failure = await Assert.ThrowsAsync<SecretsUnavailableException>(
            () => box.OpenAsync(stored with { EncryptionKeyId = keyId }, Place, CancellationToken.None));

        Assert.Contains(expected, failure.Message);
    }

    [Fact]
    public async Task Without_any_key_nothing_is_sealed_and_the_setting_is_named()
    {
        var empty = TestSecrets.NewBox(new Dictionary<string, string?>());

        var failure = await Assert.ThrowsAsync<SecretsUnavailableException>(
            () => empty.SealAsync("sk-secret", Place, CancellationToken.None));

        Assert.Contains("Assay__Secrets__CurrentKey", failure.Message);
    }

    private static async Task AssertUnreadableAsync(SealedSecret stored, SecretPlace place, SecretBox box)
    {
        var failure = await Assert.ThrowsAsync<SecretUnreadableException>(
            () => box.OpenAsync(stored, place, CancellationToken.None));
        Assert.Null(failure.InnerException);
        Assert.Equal(new SecretUnreadableException().Message, failure.Message);
    }
}
