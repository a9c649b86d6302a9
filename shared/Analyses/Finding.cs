using System.Text.Json.Serialization;

namespace Assay;

[JsonConverter(typeof(JsonStringEnumConverter<Severity>))]
public enum Severity
{
    [JsonStringEnumMemberName("info")] Info,
    [JsonStringEnumMemberName("warning")] Warning,
    [JsonStringEnumMemberName("error")] Error,
}

/// <summary>What a lint rule says about one place in a prompt.</summary>
/// <param name="Rule">Id of the rule, kebab-case.</param>
/// <param name="Quote">The text at <paramref name="Span"/>, cut at 160 characters.</param>
/// <param name="Patch">A change that makes the finding go away, where one can be proposed.</param>
public sealed record Finding(
    string Rule, Severity Severity, TextSpan Span, string Quote, string Message, Patch? Patch)
{
    public static Finding Example => new(
        "vague-quantifier", Severity.Warning, new(12, 24), "some examples", "“some” leaves open how many are meant.",
        Patch.Example);
}
