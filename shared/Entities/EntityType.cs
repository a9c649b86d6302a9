namespace Assay;

/// <summary>A kind of entity. Kinds differ by what their content holds, and by nothing else.</summary>
/// <param name="Name">As in the column <c>type</c>.</param>
/// <param name="Door">The path of its routes below <c>/api/</c>.</param>
/// <param name="Content">The record that its content becomes, whose members and rules are the content's schema.</param>
/// <param name="Schema">The number of that schema, raised when an older content would no longer fit.</param>
public sealed record EntityType(string Name, string Door, Type Content, int Schema)
{
    public static readonly EntityType Prompt = new("prompt", "prompts", typeof(PromptContent), 1);
    public static readonly EntityType Template = new("template", "templates", typeof(TemplateContent), 1);
    public static readonly EntityType Context = new("context", "contexts", typeof(ContextContent), 1);
    public static readonly EntityType Workflow = new("workflow", "workflows", typeof(WorkflowContent), 1);
    public static readonly EntityType Library = new("library", "libraries", typeof(LibraryContent), 1);

    public static IReadOnlyList<EntityType> All { get; } = [Prompt, Template, Context, Workflow, Library];

    public static IEnumerable<string> Names => All.Select(type => type.Name);

    /// <summary>Null when there is none of this name.</summary>
    public static EntityType? Find(string name) => All.FirstOrDefault(type => type.Name == name);

    /// <summary>Null for the door of all types.</summary>
    public static EntityType? OfDoor(string door) =>
        All.FirstOrDefault(type => type.Door.Equals(door, StringComparison.OrdinalIgnoreCase));
}
