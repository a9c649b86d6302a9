using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Assay;

/// <param name="Enabled">Only those that are suggested, or only those that are not.</param>
public sealed record FrameworkListQuery(bool? Enabled) : PageQuery
{
    internal (int SortOrder, string Name)? Behind =>
        Page().After is [var order, var name] ? (Number(order)!.Value, name) : null;

    internal static string[] KeyOf(Framework framework) =>
        [framework.SortOrder.ToString(CultureInfo.InvariantCulture), framework.Name];

    protected override bool IsKey(string[] key) => key is [var order, _] && Number(order) is not null;

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <param name="Components">What to put into the components, by their keys.</param>
public sealed record FrameworkValues(IReadOnlyDictionary<string, string> Components)
{
    public static FrameworkValues Example => new(new Dictionary<string, string>
    {
        ["action"] = "Write an e-mail to a client who renewed their contract.",
        ["purpose"] = "It thanks them.",
        ["expectation"] = "At most 120 words.",
    });
}

/// <param name="Text">What somebody wants of a model, in their words.</param>
public sealed record InputText([Required, StringLength(100_000)] string Text)
{
    public static InputText Example => new("Summarize the article below in three bullet points.");
}

/// <param name="Frameworks">Of the first 200 that are enabled, the best first.</param>
public sealed record FrameworkSuggestions(IReadOnlyList<FrameworkSuggestion> Frameworks)
{
    internal const int ConsideredMax = 200;

    public static FrameworkSuggestions Example => new([FrameworkSuggestion.Example]);
}
