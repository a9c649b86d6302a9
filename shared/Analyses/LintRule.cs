namespace Assay;

/// <param name="summary">One line for the table of rules.</param>
internal abstract class LintRule(string id, Severity severity, string summary)
{
    public string Id { get; } = id;

    public Severity Severity { get; } = severity;

    public string Summary { get; } = summary;

    /// <summary>What the rule finds, in the order of the text.</summary>
    public abstract IEnumerable<Finding> Check(PromptText prompt);

    protected Finding Found(PromptText prompt, TextSpan span, string message, Patch? patch = null) =>
        new(Id, Severity, span, prompt.Quote(span), message, patch);

    protected Patch Change(TextSpan span, string replacement, string description) =>
        new(Id, span, replacement, description);
}
