namespace Microsoft.DurableTask.Client.Entities;

public record EntityQuery
{
    public const int DefaultPageSize = 100;

    private readonly string? instanceIdStartsWith;

    /// <summary>A leading <c>@</c> is added if missing, and the entity's name is taken to lower case.</summary>
    public string? InstanceIdStartsWith
    {
        get => instanceIdStartsWith;
        init => instanceIdStartsWith = value is null ? null : Normalize(value);
    }

    public DateTimeOffset? LastModifiedFrom { get; init; }

    public DateTimeOffset? LastModifiedTo { get; init; }

    public bool IncludeState { get; init; } = true;

    /// <summary>Whether entities that hold nothing but a lock or a backlog are listed.</summary>
    public bool IncludeTransient { get; init; }

    public int? PageSize { get; init; }

    public string? ContinuationToken { get; init; }

    // Names ignore case, keys do not.
    private static string Normalize(string prefix)
    {
        if (!prefix.StartsWith('@'))
            prefix = "@" + prefix;

        var key = prefix.IndexOf('@', 1);
        return key < 0 ? prefix.ToLowerInvariant() : prefix[..key].ToLowerInvariant() + prefix[key..];
    }
}
