using Microsoft.Extensions.Configuration;

namespace Assay;

/// <summary>
/// What holds where no row says otherwise: the configuration's <c>Assay:Settings:{name}</c>, else the code's.
/// </summary>
public sealed class SettingDefaults
{
    private readonly Dictionary<string, object> values = [];

    /// <exception cref="InvalidOperationException">
    /// The configuration names a setting that does not exist, or gives one a value that it cannot have.
    /// </exception>
    public SettingDefaults(IConfiguration configuration)
    {
        foreach (var entry in configuration.GetSection("Assay:Settings").GetChildren())
        {
            var setting = KnownSettings.Find(entry.Key) ?? FeatureFlags.Find(entry.Key)
                ?? throw new InvalidOperationException($"There is no setting {entry.Key}, as in {entry.Path}.");
            values[entry.Key] = setting.Read(entry.Value ?? "")
                ?? throw new InvalidOperationException($"{entry.Path} must be {setting.Expected}.");
        }
    }

    public object Of(Setting setting) => values.GetValueOrDefault(setting.Name, setting.DefaultValue);
}
