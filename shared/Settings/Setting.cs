using System.Globalization;
using System.Text.Json;

namespace Assay;

/// <summary>Something that can be changed while the app runs.</summary>
/// <param name="Name">In kebab-case; also its name in the configuration, under <c>Assay:Settings</c>.</param>
public abstract record Setting(string Name, string Description)
{
    /// <summary>
    /// Whether an organization's admins may override it for themselves. Otherwise the installation's administrators
    /// may, for any organization.
    /// </summary>
    public bool OrganizationsMayChange { get; init; }

    /// <summary>What a value has to be, to go behind "expected".</summary>
    public abstract string Expected { get; }

    /// <summary>Where neither the configuration nor a row says otherwise.</summary>
    public abstract object DefaultValue { get; }

    /// <summary>The value that JSON or the text of a configuration stands for; null when it stands for none.</summary>
    public abstract object? Read(JsonElement json);

    /// <inheritdoc cref="Read(JsonElement)"/>
    public abstract object? Read(string text);

    public override string ToString() => Name;
}

/// <summary>A setting with values of one type.</summary>
public abstract record Setting<T>(string Name, string Description, T Default) : Setting(Name, Description)
    where T : struct
{
    public sealed override object DefaultValue => Default;
}

/// <summary>A whole number in a range.</summary>
public sealed record NumberSetting(string Name, string Description, int Default, int Min, int Max)
    : Setting<int>(Name, Description, Default)
{
    public override string Expected => $"a whole number from {Min} to {Max}";

    public override object? Read(JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number) && number >= Min && number <= Max
            ? number
            : null;

    public override object? Read(string text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= Min && number <= Max
            ? number
            : null;
}

/// <summary>A feature that is on or off.</summary>
public sealed record FeatureFlag(string Name, string Description, bool Default)
    : Setting<bool>(Name, Description, Default)
{
    public override string Expected => "true or false";

    public override object? Read(JsonElement json) =>
        json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : null;

    public override object? Read(string text) => bool.TryParse(text, out var value) ? value : null;
}
