using System.Net;

namespace Assay;

/// <summary>Stored as <c>ops.event.actor_type</c> in snake_case.</summary>
public enum ActorKind
{
    System,
    User,
    ApiKey,
}

/// <summary>Who does something, and through which request.</summary>
/// <param name="Id">The user or the API key; null for the system.</param>
/// <param name="UserId">The user, also the one an API key belongs to; null for the system and an organization's key.</param>
/// <param name="RequestId">The trace id that a problem document would name; null outside requests.</param>
public sealed record Actor(
    ActorKind Kind, Guid? Id, Guid? UserId, string? RequestId = null, IPAddress? Address = null)
{
    /// <summary>Background work.</summary>
    public static Actor System { get; } = new(ActorKind.System, null, null);
}
