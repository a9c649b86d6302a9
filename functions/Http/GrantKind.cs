namespace Assay;

/// <summary>
/// What a route hands out that lets somebody do or see something. Routes that are of such a kind ask
/// <see cref="Assay.Grants"/>, and a test holds each of them, for every role and scope, against the rule.
/// </summary>
public enum GrantKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>API keys.</summary>
    Key,

    /// <summary>Roles in an organization, by invitations too.</summary>
    Role,

    /// <summary>Shares of entities, and their links.</summary>
    Share,

    /// <summary>Keys for providers.</summary>
    Credential,

    /// <summary>Events, sent somewhere.</summary>
    Webhook,

    /// <summary>A person's sessions, and what opens one.</summary>
    Session,

    /// <summary>What labels point at, and who may move them.</summary>
    Label,

    /// <summary>Entities, out of the organization or to another owner.</summary>
    Content,
}
