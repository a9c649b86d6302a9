using System.Net;

namespace Assay;

/// <summary>As <c>ops.event.actor_type</c>, where it is in snake_case.</summary>
public enum ActorKind
{
    System,
    User,
    ApiKey,

    /// <summary>Whoever has a link.</summary>
    Share,
}

/// <summary>Who does something, and through which request.</summary>
/// <param name="Id">The user, the API key or the share; null for the system.</param>
/// <param name="UserId">The user, also of an API key; null for the system and an organization's key.</param>
/// <param name="RequestId">The trace id that a problem document would name; null outside requests.</param>
public sealed record Actor(
    ActorKind Kind, Guid? Id, Guid? UserId, string? RequestId = null, IPAddress? Address = null)
{
    /// <summary>
    /// Whether a statement is one of <see cref="IdentityDatabase"/>: others change no accounts, sessions and keys.
    /// </summary>
    internal bool IsIdentityWork { get; init; }

    /// <summary>Background work.</summary>
    public static Actor System { get; } = new(ActorKind.System, null, null);

    /// <summary>
    /// As the audit's trigger reads it: <c>kind|id|request|address</c>, empty where null; <c>|identity</c> follows on
    /// identity work.
    /// </summary>
    public override string ToString()
    {
        var kind = Kind switch
        {
            ActorKind.User => "user",
            ActorKind.ApiKey => "api_key",
            ActorKind.Share => "share",
            _ => "system",
        };
        return $"{kind}|{Id}|{RequestId}|{Address}{(IsIdentityWork ? "|identity" : "")}";
    }
}
