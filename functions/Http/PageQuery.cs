using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>The parameters of every list.</summary>
public abstract record PageQuery : IValidatableObject
{
    /// <summary>The most items of a page.</summary>
    [Range(1, 200)]
    public int Limit { get; init; } = 50;

    /// <summary>The cursor that an earlier page gave as <c>next</c>.</summary>
    public string? After { get; init; }

    public PageRequest Page() => new(Limit, After is null ? null : Cursor.Decode(After));

    public virtual IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (After is not null && !(Cursor.Decode(After) is { } key && IsKey(key)))
            yield return new("expected a cursor that an earlier page gave as next", [nameof(After)]);
    }

    /// <summary>Whether a cursor holds a key of this list. Here one UUID; lists in another order override it.</summary>
    protected virtual bool IsKey(string[] key) => key is [var id] && Guid.TryParse(id, out _);
}
