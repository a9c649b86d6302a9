using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Boxes as the app makes them, from settings.</summary>
internal static class TestSecrets
{
    /// <summary>A key as a setting holds it.</summary>
    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretsOptions.KeyLength));

    /// <param name="settings">As in the environment, <c>__</c> nests.</param>
    /// <exception cref="OptionsValidationException">They make no sense.</exception>
    public static SecretBox NewBox(IReadOnlyDictionary<string, string?> settings, TimeProvider? time = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting =>
                KeyValuePair.Create(setting.Key.Replace("__", ":"), setting.Value)))
            .Build();
        return new ServiceCollection()
            .AddSingleton(time ?? TimeProvider.System)
            .AddSecrets(configuration)
            .BuildServiceProvider()
            .GetRequiredService<SecretBox>();
    }

    /// <summary>A box with some keys, of which the last is current.</summary>
    public static SecretBox NewBox(params (string Id, string Key)[] keys) => NewBox(Settings(keys));

    public static Dictionary<string, string?> Settings(params (string Id, string Key)[] keys)
    {
        var settings = keys.ToDictionary(key => $"Assay__Secrets__Keys__{key.Id}", key => (string?)key.Key);
        settings["Assay__Secrets__CurrentKey"] = keys[^1].Id;
        return settings;
    }

    public static SecretPlace NewPlace() =>
        new("ops.sample.ciphertext", Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
}
