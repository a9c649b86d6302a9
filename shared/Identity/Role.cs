namespace Assay;

/// <summary>What a member of an organization is; each may do what those before it may.</summary>
public enum Role
{
    Viewer,
    Member,
    Admin,
    Owner,
}
