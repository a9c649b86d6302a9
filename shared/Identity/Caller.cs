namespace Assay;

/// <summary>Whom a credential stands for.</summary>
/// <param name="OrganizationId">Null for a person who acts for no organization.</param>
/// <param name="Role">In that organization; null without one.</param>
/// <param name="IsAdmin">Administers the installation.</param>
/// <param name="Scopes">What an API key is narrowed to; null for a session, which is not.</param>
/// <param name="SessionId">The session that the credential belongs to; null for an API key.</param>
/// <param name="TokenId">The session's token that was sent; a refresh replaces it.</param>
public sealed record Caller(
    ActorKind Kind,
    Guid? Id,
    Guid? UserId,
    Guid? OrganizationId,
    string? OrganizationSlug,
    Role? Role,
    bool IsAdmin,
    IReadOnlyList<string>? Scopes,
    Guid? SessionId = null,
    Guid? TokenId = null)
{
    /// <summary>Whoever sends no credential.</summary>
    public static Caller Anonymous { get; } = new(ActorKind.System, null, null, null, null, null, false, []);

    public bool IsAnonymous => ReferenceEquals(this, Anonymous);

    /// <summary>Whether the caller has one of <see cref="Permissions"/>.</summary>
    public bool May(string permission) => permission switch
    {
        Permissions.Anyone => true,
        Permissions.Authenticated => !IsAnonymous,
        Permissions.SignedIn => SessionId is not null,
        Permissions.Operations => IsAdmin && InScope(Permissions.AdminScope),
        _ => Role is { } role && role >= Permissions.LeastRoles[permission] && InScope(permission),
    };

    /// <summary>
    /// Whether a key's scopes include a permission, whatever the role; a session is not narrowed. For what taking part
    /// gives a right to, beside the role.
    /// </summary>
    public bool InScope(string permission) => Scopes is null || Permissions.Include(Scopes, permission);
}

/// <summary>The caller of the present invocation; <see cref="Caller.Anonymous"/> until one is known.</summary>
public sealed class CurrentCaller
{
    public Caller Value { get; set; } = Caller.Anonymous;
}
