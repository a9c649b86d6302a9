using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Assay;

/// <summary>A flag or setting with the value that holds.</summary>
/// <param name="Value">A boolean or a number.</param>
/// <param name="Expected">What a value has to be, in words.</param>
/// <param name="Source">
/// Whose value it is: <c>organization</c>, <c>installation</c> or, where nobody set one, <c>default</c>.
/// </param>
/// <param name="OrganizationsMayChange">Whether an organization's admins may set a value of their own.</param>
public sealed record SettingAnswer(
    string Name,
    string Description,
    object Value,
    string Expected,
    [property: AllowedValues("organization", "installation", "default")] string Source,
    bool OrganizationsMayChange,
    DateTimeOffset? UpdatedAt)
{
    public static SettingAnswer Example =>
        new("analytics", "The marts are served.", true, "true or false", "default", OrganizationsMayChange: true, null);

    public static SettingAnswer Of(SettingState state) => new(
        state.Setting.Name,
        state.Setting.Description,
        state.Value,
        state.Setting.Expected,
        state.Organization is not null ? "organization" : state.Installation is not null ? "installation" : "default",
        state.Setting.OrganizationsMayChange,
        (state.Organization ?? state.Installation)?.UpdatedAt);
}

/// <summary>A new value of a flag or setting.</summary>
/// <param name="Value">A boolean or a number, as <c>expected</c> says.</param>
public sealed record SettingChange(JsonElement Value)
{
    public static SettingChange Example => new(JsonSerializer.SerializeToElement(true));
}

/// <summary>Whose value an administrator of the installation speaks of.</summary>
public sealed record SettingOwner
{
    /// <summary>An organization's own value; without it that of the whole installation.</summary>
    public Guid? Organization { get; init; }
}
