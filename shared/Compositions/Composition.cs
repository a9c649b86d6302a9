namespace Assay;

/// <summary>A text that was put together.</summary>
/// <param name="Tokens">Of the whole text.</param>
/// <param name="Spans">What each stretch of the text comes from, in its order, without gaps or overlaps.</param>
/// <param name="Sources">Every entity that was looked at, in the order of the text.</param>
/// <param name="Conflicts">Relationships of the type <c>conflicts_with</c> between two that are in the text.</param>
public sealed record Composition(
    string Text,
    int Tokens,
    IReadOnlyList<CompositionSpan> Spans,
    IReadOnlyList<CompositionSource> Sources,
    IReadOnlyList<CompositionConflict> Conflicts)
{
    public static Composition Example => new(
        "Be friendly and brief.\n\nAnswer: Where is my book?", 13,
        [
            new(0, 22, Relationship.Example.TargetId, null),
            new(22, 24, null, null),
            new(24, 32, Entity.Example.Id, null),
            new(32, 49, Entity.Example.Id, "question"),
        ],
        [
            new(Relationship.Example.TargetId, "context", "Tone", 1, null, 80, 5, SourceState.Included, null),
            new(
                Entity.Example.Id, "prompt", "Answer a support question", 3, "production", 100, 7,
                SourceState.Included, null),
        ],
        []);
}

/// <summary>A stretch of a composed text, in UTF-16 code units, its end exclusive.</summary>
/// <param name="EntityId">What it comes from; null for what stands between two.</param>
/// <param name="Variable">The variable whose value it is, if it is one's.</param>
public sealed record CompositionSpan(int Start, int End, Guid? EntityId, string? Variable);

/// <summary>What a composition made of an entity.</summary>
/// <param name="Version">The one whose text was taken.</param>
/// <param name="Label">
/// The label that was asked for, where it points at this version; null where the present version was taken.
/// </param>
/// <param name="Priority">
/// 0–100: its own, or the highest of what depends on it; what is not a context has 100.
/// </param>
/// <param name="Tokens">Of its text with all variables filled, as far as it is included.</param>
/// <param name="Reason">Why it is not included, or not whole.</param>
public sealed record CompositionSource(
    Guid EntityId, string Type, string Title, int Version, string? Label, int Priority, int Tokens,
    SourceState State, string? Reason);

public enum SourceState
{
    Included,

    /// <summary>Its end is missing, to keep within its own token budget.</summary>
    Shortened,

    /// <summary>There was no room for it.</summary>
    LeftOut,

    /// <summary>Another one takes its place.</summary>
    Overridden,
}

public sealed record CompositionConflict(Guid EntityId, Guid OtherId, string? Description);

/// <summary>What a composition is made of: an entity's text, and what may be put into it.</summary>
/// <param name="Label">The one that led to this version; null for none.</param>
/// <param name="Priority">0–100; null for what may not be left out.</param>
/// <param name="TokenBudget">The most tokens it may take; null sets no limit.</param>
public sealed record CompositionPart(
    Guid Id, string Type, string Title, int Version, string? Label, string Text, IReadOnlyList<Variable> Variables,
    int? Priority, int? TokenBudget);

/// <summary>A relationship between two parts.</summary>
public sealed record CompositionEdge(Guid SourceId, Guid TargetId, string Type, string? Description);

/// <summary>How large a composed text may get.</summary>
/// <param name="Tokens">What has no room is left out; null sets no limit.</param>
/// <param name="Bytes">Of UTF-8, of all parts with their variables filled, before anything is left out.</param>
public sealed record CompositionLimits(int? Tokens, int Bytes);

/// <summary>Why nothing could be composed: what was expected, by the names of variables or of other fields.</summary>
public sealed record CompositionProblem(IReadOnlyDictionary<string, string> Errors);
