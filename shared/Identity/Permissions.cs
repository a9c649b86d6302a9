namespace Assay;

/// <summary>
/// Who may do what. A permission's name is also the scope that lets an API key use it; <c>…:write</c> includes
/// <c>…:read</c>, and the scope <c>admin</c> is whatever the key's user may do.
/// </summary>
public static class Permissions
{
    /// <summary>Needs no credential.</summary>
    public const string Anyone = "anyone";

    /// <summary>Needs some credential, of a person or a program, whatever it may do.</summary>
    public const string Authenticated = "authenticated";

    /// <summary>Needs a person's session, and no organization: what concerns the account itself.</summary>
    public const string SignedIn = "signed-in";

    /// <summary>Needs an administrator of the installation, whatever their role in an organization.</summary>
    public const string Operations = "operations";

    public const string EntitiesRead = "entities:read";
    public const string EntitiesWrite = "entities:write";

    /// <summary>Protected labels, and what concerns everybody's entities.</summary>
    public const string EntitiesAdmin = "entities:admin";

    public const string DocumentsRead = "documents:read";
    public const string DocumentsWrite = "documents:write";
    public const string AnalysesRead = "analyses:read";
    public const string AnalysesWrite = "analyses:write";
    public const string RunsRead = "runs:read";
    public const string RunsWrite = "runs:write";
    public const string MartsRead = "marts:read";
    public const string MartsWrite = "marts:write";
    public const string OrganizationRead = "organization:read";
    public const string OrganizationWrite = "organization:write";
    public const string OrganizationDelete = "organization:delete";
    public const string MembersRead = "members:read";
    public const string MembersWrite = "members:write";
    public const string KeysRead = "keys:read";
    public const string KeysWrite = "keys:write";
    public const string CredentialsRead = "credentials:read";
    public const string CredentialsWrite = "credentials:write";
    public const string SettingsRead = "settings:read";
    public const string SettingsWrite = "settings:write";
    public const string AuditRead = "audit:read";
    public const string WebhooksRead = "webhooks:read";
    public const string WebhooksWrite = "webhooks:write";

    /// <summary>The scope of an API key that is not narrowed.</summary>
    public const string AdminScope = "admin";

    /// <summary>The least role that has each permission. Code, documentation and tests read this one table.</summary>
    public static IReadOnlyDictionary<string, Role> LeastRoles { get; } = new Dictionary<string, Role>
    {
        [EntitiesRead] = Role.Viewer,
        [EntitiesWrite] = Role.Member,
        [EntitiesAdmin] = Role.Admin,
        [DocumentsRead] = Role.Viewer,
        [DocumentsWrite] = Role.Member,
        [AnalysesRead] = Role.Viewer,
        [AnalysesWrite] = Role.Member,
        [RunsRead] = Role.Viewer,
        [RunsWrite] = Role.Member,
        [MartsRead] = Role.Viewer,
        [MartsWrite] = Role.Admin,
        [OrganizationRead] = Role.Viewer,
        [OrganizationWrite] = Role.Admin,
        [OrganizationDelete] = Role.Owner,
        [MembersRead] = Role.Viewer,
        [MembersWrite] = Role.Admin,
        // Members manage their own keys and credentials; of others' only admins see anything.
        [KeysRead] = Role.Member,
        [KeysWrite] = Role.Member,
        [CredentialsRead] = Role.Member,
        [CredentialsWrite] = Role.Member,
        [SettingsRead] = Role.Viewer,
        [SettingsWrite] = Role.Admin,
        [AuditRead] = Role.Admin,
        [WebhooksRead] = Role.Admin,
        [WebhooksWrite] = Role.Admin,
    };

    /// <summary>What an API key may be given.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [AdminScope, .. LeastRoles.Keys];

    /// <summary>Whether a permission is one of this class.</summary>
    public static bool IsKnown(string permission) =>
        permission is Anyone or Authenticated or SignedIn or Operations || LeastRoles.ContainsKey(permission);

    /// <summary>Whether an API key's scopes include a permission.</summary>
    public static bool Include(IReadOnlyList<string> scopes, string permission) =>
        scopes.Contains(AdminScope) || scopes.Contains(permission)
        || (permission.EndsWith(":read", StringComparison.Ordinal)
            && scopes.Contains($"{permission[..^":read".Length]}:write"));
}
