using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>What a model is asked.</summary>
/// <param name="Text">May have places for variables: <c>{{name}}</c>.</param>
/// <param name="Format">What the text is written in; <c>auto</c> finds out.</param>
/// <param name="Language">Such as <c>en</c> or <c>pt-BR</c>; <c>auto</c> finds out.</param>
/// <param name="Variables">Those of the text that more is said of.</param>
public sealed record PromptContent(
    [Required, StringLength(EntityLimits.TextMax)] string Text,
    [AllowedValues("auto", "text", "markdown", "xml")] string Format = "auto",
    [RegularExpression("auto|[a-z]{2,3}(-[A-Za-z0-9]{2,6})?", ErrorMessage = "auto, or a language such as en or pt-BR")]
    string Language = "auto",
    [MaxLength(EntityLimits.VariablesMax)] IReadOnlyList<Variable>? Variables = null) : IValidatableObject
{
    public static PromptContent Example => new("Answer {{question}} in two sentences.", "markdown", "en");

    public IEnumerable<ValidationResult> Validate(ValidationContext context) => Variable.Repeated(Variables);
}

/// <summary>A text to make prompts from.</summary>
/// <param name="Text">With places for its variables: <c>{{name}}</c>.</param>
/// <param name="Variables">Every place of the text that may be filled.</param>
/// <param name="Framework">The name of the framework that it follows: a built-in one or the organization's own.</param>
public sealed record TemplateContent(
    [Required, StringLength(EntityLimits.TextMax)] string Text,
    [MaxLength(EntityLimits.VariablesMax)] IReadOnlyList<Variable>? Variables = null,
    [StringLength(50)] string? Framework = null) : IValidatableObject
{
    public static TemplateContent Example => new(
        "Answer {{question}} in {{sentences}} sentences.",
        [new("question"), new("sentences", VariableType.Integer, Default: 2, Required: false)]);

    public IEnumerable<ValidationResult> Validate(ValidationContext context) => Variable.Repeated(Variables);
}

/// <summary>What a prompt builds upon: instructions, facts, a tone.</summary>
/// <param name="Priority">0–100; when room is short, what has least goes first.</param>
/// <param name="TokenBudget">The most tokens that it may take in a composition; null sets no limit.</param>
public sealed record ContextContent(
    [Required, StringLength(EntityLimits.TextMax)] string Text,
    [Range(0, 100)] int Priority = 50,
    [Range(1, 10_000_000)] int? TokenBudget = null)
{
    public static ContextContent Example => new("You work for a bookshop. Be friendly and brief.", 80, 200);
}

/// <summary>Steps that are taken one after the other.</summary>
public sealed record WorkflowContent(
    [MinLength(1), MaxLength(EntityLimits.StepsMax)] IReadOnlyList<WorkflowStep> Steps) : IValidatableObject
{
    public static WorkflowContent Example => new(
        [new("Answer", new("01890a5d-ac96-774b-bcce-b302099a8057"), "Answer what the customer asks.")]);

    public IEnumerable<ValidationResult> Validate(ValidationContext context) =>
        Steps.GroupBy(step => step.Name).Where(same => same.Count() > 1)
            .Select(same => new ValidationResult($"the step {same.Key} is there twice", [nameof(Steps)]));
}

/// <param name="Name">Once in the workflow.</param>
/// <param name="EntityId">The prompt, template or context that it uses.</param>
/// <param name="Inputs">Values of its variables, by their names.</param>
public sealed record WorkflowStep(
    [Required, StringLength(100)] string Name,
    Guid? EntityId = null,
    [StringLength(4000)] string? Instructions = null,
    [MaxLength(EntityLimits.VariablesMax)] IReadOnlyDictionary<string, string>? Inputs = null);

/// <summary>A collection. What is in it has a relation of the type <c>part_of</c> to it.</summary>
public sealed record LibraryContent([StringLength(EntityLimits.TextMax)] string? Introduction = null)
{
    public static LibraryContent Example => new("What the support team answers with.");
}

public enum VariableType
{
    Text,
    Number,
    Integer,
    Boolean,
}

/// <summary>A place in a text that a value is put into.</summary>
/// <param name="Name">As in <c>{{name}}</c>.</param>
/// <param name="Default">Taken when no value is given.</param>
/// <param name="Required">Whether a value has to be given when there is no default.</param>
/// <param name="AllowedValues">The only values that it takes; any of its type when null.</param>
public sealed record Variable(
    [Required, RegularExpression(@"[A-Za-z_][\w.\-]{0,63}", ErrorMessage =
        "a letter or _, then at most 63 letters, digits, dots, - or _")] string Name,
    VariableType Type = VariableType.Text,
    JsonNode? Default = null,
    bool Required = true,
    [MinLength(1), MaxLength(200)] IReadOnlyList<JsonNode>? AllowedValues = null,
    [StringLength(500)] string? Description = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        foreach (var value in AllowedValues ?? [])
            if (!VariableValue.IsOf(Type, value))
                yield return new($"expected values of the type {VariableValue.NameOf(Type)}", [nameof(AllowedValues)]);
        if (Default is not null && VariableValue.Problem(this, Default) is { } problem)
            yield return new(problem, [nameof(Default)]);
    }

    internal static IEnumerable<ValidationResult> Repeated(IReadOnlyList<Variable>? variables) =>
        (variables ?? []).GroupBy(variable => variable.Name).Where(same => same.Count() > 1)
            .Select(same => new ValidationResult($"the variable {same.Key} is there twice", ["Variables"]));
}

public static class EntityLimits
{
    /// <summary>Characters of a text.</summary>
    public const int TextMax = 1_000_000;

    /// <summary>Bytes of a content's JSON. A text has room in any script.</summary>
    public const int ContentBytesMax = 4 * 1024 * 1024;

    public const int VariablesMax = 200;
    public const int StepsMax = 200;
    public const int TagsMax = 50;

    /// <summary>Bytes of the metadata's JSON.</summary>
    public const int MetadataMax = 64 * 1024;
}
