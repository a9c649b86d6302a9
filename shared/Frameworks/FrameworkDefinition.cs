using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>What an organization says of a framework of its own.</summary>
/// <param name="Name">Unlike that of any other, and the same for good.</param>
/// <param name="WhenToUse">For whoever has to choose one.</param>
/// <param name="Template">Has a place <c>{{key}}</c> for each component, and no others.</param>
/// <param name="Examples">Frameworks with their components filled in.</param>
/// <param name="Intents">The keys of the intents that it suits.</param>
/// <param name="SortOrder">Lists go by it; the built-in ones have 1 to 9.</param>
public sealed record FrameworkDefinition(
    [Required, RegularExpression("[a-z]([a-z0-9-]{0,48}[a-z0-9])?", ErrorMessage =
        "at most 50 lower-case letters, digits and -, beginning with a letter and not ending with -")] string Name,
    [Required, StringLength(100)] string Title,
    [Required, StringLength(2000)] string Description,
    [Required, StringLength(2000)] string WhenToUse,
    [MinLength(1), MaxLength(20)] IReadOnlyList<FrameworkComponent> Components,
    [Required, StringLength(20_000)] string Template,
    [MaxLength(10)] IReadOnlyList<FrameworkExample>? Examples = null,
    [MaxLength(50)] IReadOnlyList<string>? Intents = null,
    [Range(0, 10_000)] int SortOrder = 100,
    bool IsEnabled = true) : IValidatableObject
{
    public static FrameworkDefinition Example => new(
        "pit", "P.I.T", "Problem, Idea, Test: an experiment in three lines.", "For proposals that can be tried out.",
        [
            new("problem", "Problem", "What goes wrong, and how often.", Signals: ["problem", "goes wrong"]),
            new("idea", "Idea", "What might mend it."),
            new("test", "Test", "How one would see that it does.", Required: false),
        ],
        "Problem: {{problem}}\n\nIdea: {{idea}}\n\nTest: {{test}}",
        [
            new("Slow answers", new Dictionary<string, string>
            {
                ["problem"] = "One answer in ten takes longer than a minute.",
                ["idea"] = "Answer the five most frequent questions from a page.",
            }),
        ],
        ["plan", "analyze"]);

    public static FrameworkDefinition Of(Framework framework) => new(
        framework.Name, framework.Title, framework.Description, framework.WhenToUse, framework.Components,
        framework.Template, framework.Examples, framework.Intents, framework.SortOrder, framework.IsEnabled);

    /// <summary>Characters of all examples, and phrases of all components: suggestions read every framework.</summary>
    private const int ExamplesMax = 50_000;
    private const int SignalsMax = 200;

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Components.Sum(component => component.Signals?.Count ?? 0) > SignalsMax)
            yield return new($"expected at most {SignalsMax} signals in all", [nameof(Components)]);
        if (Examples?.Sum(example => example.Components.Sum(part => part.Key.Length + part.Value.Length)) > ExamplesMax)
            yield return new($"expected at most {ExamplesMax:N0} characters in all", [nameof(Examples)]);
        // A framework is found by its name or by its id.
        if (Guid.TryParse(Name, out _))
            yield return new("expected no UUID", [nameof(Name)]);
        foreach (var same in Components.GroupBy(component => component.Key).Where(same => same.Count() > 1))
            yield return new($"the component {same.Key} is there twice", [nameof(Components)]);

        var (places, keys) = (FrameworkTemplate.Places(Template), Components.Select(component => component.Key));
        if (places.Except(keys).ToList() is { Count: > 0 } unknown)
            yield return new(
                $"expected places of components only, not {string.Join(", ", unknown)}", [nameof(Template)]);
        else if (keys.Except(places).ToList() is { Count: > 0 } missing)
            yield return new(
                $"expected a place for each component, also for {string.Join(", ", missing)}", [nameof(Template)]);
        for (var index = 0; index < Examples?.Count; index++)
            foreach (var (key, expected) in FrameworkTemplate.Faults(Components, Examples[index].Components))
                yield return new(expected, [$"{nameof(Examples)}[{index}].components.{key}"]);
    }
}
