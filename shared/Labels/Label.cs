namespace Assay;

/// <summary>A name that points at a version of an entity.</summary>
public sealed record EntityLabel(string Name, int Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal const string Columns = "name, version, created_at, updated_at";

    /// <summary>Lower-case letters, digits, dots, dashes and underscores, at most 50.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 50 && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-');
}

/// <summary>A label that only administrators move.</summary>
/// <param name="NeedsApproval">Whether an administrator other than whoever wants to move it has to agree.</param>
/// <param name="ApprovalHours">How long is waited for that, 1–720; halfway it is asked for again.</param>
public sealed record LabelRule(
    string Name, bool NeedsApproval, int ApprovalHours, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal const string Columns = "name, needs_approval, approval_hours, created_at, updated_at";
}

/// <summary>Somebody wants to move a label, and somebody else has to agree.</summary>
/// <param name="Status"><c>pending</c>, <c>approved</c>, <c>rejected</c> or <c>expired</c>.</param>
/// <param name="UserId">Who wants it; null once their account is deleted.</param>
/// <param name="EscalatedAt">When it was asked for once more.</param>
public sealed record LabelRequest(
    Guid Id,
    Guid EntityId,
    string Name,
    int Version,
    Guid? UserId,
    string Status,
    Guid? DecidedBy,
    string? Comment,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? EscalatedAt,
    DateTimeOffset UpdatedAt)
{
    internal const string Columns =
        """
        id, entity_id, name, version, user_id, status, decided_by, comment, created_at, expires_at, escalated_at,
        updated_at
        """;

    /// <summary>Changes with all that can change.</summary>
    public string Tag => $"{Status}-{(EscalatedAt is null ? 0 : 1)}";
}

/// <summary>What became of a label that was to be moved.</summary>
public abstract record LabelOutcome
{
    private LabelOutcome()
    {
    }

    public sealed record Moved(EntityLabel Label) : LabelOutcome;

    public sealed record Requested(LabelRequest Request) : LabelOutcome;

    /// <summary>It is waited for somebody's agreement already.</summary>
    public sealed record Pending : LabelOutcome;

    /// <summary>It has to be agreed to, and no person asks for that.</summary>
    public sealed record NobodyAsks : LabelOutcome;

    /// <summary>The entity has no such version.</summary>
    public sealed record VersionMissing : LabelOutcome;

    /// <summary>Only administrators move it.</summary>
    public sealed record Protected : LabelOutcome;
}
