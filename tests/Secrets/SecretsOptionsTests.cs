using Microsoft.Extensions.Options;

namespace Assay;

public sealed class SecretsOptionsTests
{
    private const string Key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    [Theory]
    [InlineData("")]
    [InlineData("Keys__a=;CurrentKey=;KeyVault=")]
    [InlineData($"Keys__a={Key};CurrentKey=a")]
    [InlineData($"Keys__2026-01={Key};Keys__2026_07={Key};CurrentKey=2026_07")]
    [InlineData("KeyVault=https://example.vault.azure.net;CurrentKey=assay/0123456789abcdef0123456789abcdef")]
    [InlineData($"KeyVault=https://example.vault.azure.net/;Keys__a={Key};CurrentKey=a")]
    public void Settings_that_make_sense_are_accepted(string settings) => TestSecrets.NewBox(Parse(settings));

    [Theory]
    [InlineData($"Keys__a={Key}", "Set Assay__Secrets__CurrentKey")]
    [InlineData($"Keys__a={Key};CurrentKey=b", "Assay__Secrets__CurrentKey must be the id of a key")]
    [InlineData("CurrentKey=b", "Assay__Secrets__CurrentKey must be the id of a key")]
    [InlineData("Keys__a=hush;CurrentKey=a", "Assay__Secrets__Keys__a must be the base64 of 32 bytes")]
    [InlineData("Keys__a=aHVzaA==;CurrentKey=a", "Assay__Secrets__Keys__a must be the base64 of 32 bytes")]
    [InlineData($"Keys__a=aHVz{Key};CurrentKey=a", "Assay__Secrets__Keys__a must be the base64 of 32 bytes")]
    [InlineData($"Keys__a b={Key};CurrentKey=a b", "The id in Assay__Secrets__Keys__{id}")]
    [InlineData("CurrentKey=assay/1", "Assay__Secrets__KeyVault must be set")]
    [InlineData("KeyVault=https://example.vault.azure.net", "Set Assay__Secrets__CurrentKey")]
    [InlineData("KeyVault=https://example.vault.azure.net;CurrentKey=a/b/c", "must read name/version")]
    [InlineData("KeyVault=http://hush.example;CurrentKey=a/1", "Assay__Secrets__KeyVault must be an https URL")]
    [InlineData("KeyVault=https://example.com/hush;CurrentKey=a/1", "Assay__Secrets__KeyVault must be an https URL")]
    public void Settings_that_make_none_are_named_without_their_value(string settings, string expected)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => TestSecrets.NewBox(Parse(settings)));

        Assert.Contains(expected, failure.Message);
        Assert.DoesNotContain("hush", failure.Message);
        Assert.DoesNotContain("aHVz", failure.Message);
        Assert.DoesNotContain(Key, failure.Message);
    }

    private static Dictionary<string, string?> Parse(string settings) =>
        settings.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(setting => setting.Split('=', 2))
            .ToDictionary(parts => $"Assay__Secrets__{parts[0]}", parts => (string?)parts[1]);
}
