using System.Text.Json;

namespace Assay;

/// <summary>A request with the intent that a person read in it.</summary>
/// <param name="Intent">An intent's key.</param>
public sealed record LabelledInput(string Intent, string Text)
{
    /// <summary>
    /// Those of <c>intents.jsonl</c>. The classifier learns from the odd lines; the even ones are for a test alone,
    /// which says how well it does on what it has not seen.
    /// </summary>
    /// <param name="odd">Which half, counted from 1.</param>
    internal static IReadOnlyList<LabelledInput> Half(bool odd)
    {
        using var stream = typeof(LabelledInput).Assembly.GetManifestResourceStream("intents.jsonl")!;
        using var reader = new StreamReader(stream);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where((_, index) => index % 2 == 0 == odd)
                .Select(line => JsonSerializer.Deserialize<LabelledInput>(line, JsonSerializerOptions.Web)!),
        ];
    }
}
