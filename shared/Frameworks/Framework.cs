using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>A way to lay a prompt out: built in for all organizations, or an organization's own.</summary>
/// <param name="Name">Such as <c>roses</c>; templates and preferences name it so.</param>
/// <param name="Components">In the order in which one fills them in.</param>
/// <param name="Template">The text, with a place <c>{{key}}</c> for each component.</param>
/// <param name="Intents">The keys of the intents that it suits.</param>
/// <param name="IsEnabled">Only these are suggested.</param>
/// <param name="IsBuiltIn">Whether it is there for everybody, and can be changed by nobody.</param>
public sealed record Framework(
    Guid Id,
    string Name,
    string Title,
    string Description,
    string WhenToUse,
    IReadOnlyList<FrameworkComponent> Components,
    string Template,
    IReadOnlyList<FrameworkExample> Examples,
    IReadOnlyList<string> Intents,
    int SortOrder,
    bool IsEnabled,
    bool IsBuiltIn,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static Framework Example
    {
        get
        {
            var example = FrameworkDefinition.Example;
            var at = new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.Zero);
            return new(
                new("01890a5d-ac96-774b-bcce-b302099a8057"), example.Name, example.Title, example.Description,
                example.WhenToUse, example.Components, example.Template, example.Examples ?? [], example.Intents ?? [],
                example.SortOrder, example.IsEnabled, false, 1, at, at);
        }
    }
}

/// <param name="Key">As in the template's <c>{{key}}</c>.</param>
/// <param name="Guidance">What to write there.</param>
/// <param name="Signals">Phrases that tell, in any case, that a text speaks of it already; for suggestions.</param>
public sealed record FrameworkComponent(
    [Required, RegularExpression("[A-Za-z][A-Za-z0-9_]{0,49}", ErrorMessage =
        "a letter, then at most 49 letters, digits or _")] string Key,
    [Required, StringLength(100)] string Title,
    [Required, StringLength(1000)] string Guidance,
    bool Required = true,
    [MaxLength(50), StringLength(100, MinimumLength = 2)] IReadOnlyList<string>? Signals = null);

/// <param name="Components">What stands in each component, by their keys.</param>
public sealed record FrameworkExample(
    [Required, StringLength(200)] string Title, IReadOnlyDictionary<string, string> Components);
