using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Holds values against what a variable takes.</summary>
public static class VariableValue
{
    public static string NameOf(VariableType type) => type.ToString().ToLowerInvariant();

    public static bool IsOf(VariableType type, JsonNode value) => (type, value.GetValueKind()) switch
    {
        (VariableType.Text, JsonValueKind.String) => true,
        (VariableType.Number, JsonValueKind.Number) => true,
        (VariableType.Integer, JsonValueKind.Number) => value.AsValue().TryGetValue<long>(out _)
            || (JsonSerializer.SerializeToElement(value) is var number && number.TryGetInt64(out _)),
        (VariableType.Boolean, JsonValueKind.True or JsonValueKind.False) => true,
        _ => false,
    };

    /// <summary>What was expected instead of a value; null when it is one that the variable takes.</summary>
    public static string? Problem(Variable variable, JsonNode value)
    {
        if (!IsOf(variable.Type, value))
            return $"expected a value of the type {NameOf(variable.Type)}";
        return variable.AllowedValues is { } allowed && !allowed.Any(one => JsonNode.DeepEquals(one, value))
            ? $"expected one of {string.Join(", ", allowed.Select(one => one.ToJsonString()))}"
            : null;
    }
}
