namespace Assay;

public static class EmbeddingStatus
{
    public const string Pending = "pending";
    public const string Completed = "completed";
    public const string Failed = "failed";
}

/// <summary>The state of an entity's vector.</summary>
/// <param name="Status">
/// <c>pending</c> until the present text has a vector, which takes some seconds; <c>failed</c> until the text changes.
/// </param>
/// <param name="Error">Why it failed.</param>
public sealed record EntityEmbedding(string Model, string Status, string? Error, DateTimeOffset UpdatedAt)
{
    public static EntityEmbedding Example => new("assay-hash-384", EmbeddingStatus.Completed, null, Sample.At);
}

/// <summary>A text that waits for its vector.</summary>
/// <param name="UpdatedAt">When it began to wait: another text of the same entity has another one.</param>
/// <param name="DeclaredLanguage">Null where the content says nothing of it.</param>
public sealed record WaitingText(
    Guid Id,
    DateTimeOffset UpdatedAt,
    Guid EntityId,
    int Version,
    string Title,
    string? Description,
    string Text,
    string? DeclaredLanguage)
{
    public string Whole => string.Join('\n', new[] { Title, Description, Text }.Where(part => part is { Length: > 0 }));
}
