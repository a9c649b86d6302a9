namespace Assay;

/// <summary>
/// What a caller may hand out, asked by every route that does: nothing that it may not do itself at this moment. A key
/// that is narrowed gives no more than its scopes, whatever its user's role.
/// </summary>
public static class Grants
{
    /// <summary>
    /// Whether the caller may give somebody a role: it may do everything that the role gives. So a narrowed key makes
    /// nobody an owner, by whatever detour.
    /// </summary>
    public static bool MayGive(this Caller caller, Role role) =>
        Permissions.LeastRoles.Where(least => least.Value <= role).All(least => caller.May(least.Key));

    /// <summary>Whether the caller may give a key this scope.</summary>
    public static bool MayGive(this Caller caller, string scope) => scope == Permissions.AdminScope
        ? caller.Role is not null && (caller.Scopes?.Contains(Permissions.AdminScope) ?? true)
        : caller.May(scope);

    /// <summary>
    /// Whether the caller may make, change or rotate a key: as a person their own, as an admin the organization's, and
    /// with no scope that it could not give. A key acts as its user, so it is nobody else's to hand out.
    /// </summary>
    /// <param name="user">Whose key it is; null for the organization's own.</param>
    public static bool MayGiveKey(this Caller caller, Guid? user, IEnumerable<string> scopes) =>
        caller.OwnsKeysOf(user) && scopes.All(caller.MayGive);

    /// <summary>Whether keys of a user, or with null those of the organization, are the caller's own.</summary>
    public static bool OwnsKeysOf(this Caller caller, Guid? user) =>
        user is null ? caller.Role >= Role.Admin : user == caller.UserId;

    /// <summary>
    /// Whether the caller may take something away from somebody: admins from those up to their own role.
    /// </summary>
    /// <param name="role">Null of who is no member.</param>
    public static bool MayTakeFrom(this Caller caller, Role? role) =>
        caller.Role >= Role.Admin && (role is null || role <= caller.Role);

    /// <summary>
    /// Whether the caller may have events sent somewhere, or sign what is sent: they tell what the audit log does.
    /// </summary>
    public static bool MayGiveEvents(this Caller caller) => caller.May(Permissions.AuditRead);

    /// <summary>Whether the caller may give a member what another member owned.</summary>
    public static bool MayGiveEntities(this Caller caller) => caller.May(Permissions.EntitiesAdmin);
}
