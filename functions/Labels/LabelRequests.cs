using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <param name="Version">The version that the label is to point at.</param>
public sealed record LabelBody([Range(1, int.MaxValue)] int Version)
{
    public static LabelBody Example => new(3);
}

/// <param name="NeedsApproval">Whether an administrator other than whoever wants to move it has to agree.</param>
/// <param name="ApprovalHours">How long is waited for that; halfway it is asked for again.</param>
public sealed record LabelRuleBody(bool NeedsApproval = false, [Range(1, 720)] int ApprovalHours = 72)
{
    public static LabelRuleBody Example => new(true);
}

/// <param name="Status">In this state only.</param>
public sealed record LabelRequestListQuery(
    [AllowedValues("pending", "approved", "rejected", "expired", null)] string? Status) : PageQuery;

/// <param name="Comment">Why.</param>
public sealed record LabelDecision(bool Approve, [StringLength(1000)] string? Comment = null)
{
    public static LabelDecision Example => new(true, "Evaluated on Monday's cases.");
}

/// <summary>A list by names.</summary>
public sealed record NameListQuery : PageQuery
{
    internal string? AfterName => Page().After is [var name] ? name : null;

    protected override bool IsKey(string[] key) => key is [_];
}
