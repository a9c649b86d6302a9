namespace Assay;

/// <summary>What a route asks of its caller, takes and answers. Every HTTP function has one.</summary>
/// <param name="permission">One of <see cref="Permissions"/>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(string permission) : Attribute
{
    public string Permission { get; } = permission;

    /// <summary>What the route hands out, changes or takes away that lets somebody do or see something.</summary>
    public GrantKind Grants { get; set; }

    /// <summary>
    /// The record that <see cref="Assay.Query"/> makes of the query. A route without one takes no parameters.
    /// </summary>
    public Type? Query { get; set; }

    /// <summary>Whether others call the route, who may add parameters that the query's record does not know.</summary>
    public bool OpenQuery { get; set; }

    /// <summary>
    /// The record that <see cref="JsonBody.ReadAsync"/> makes of the body, or <see cref="MergePatch.ReadAsync"/> for
    /// <c>PATCH</c>; none when null.
    /// </summary>
    public Type? Body { get; set; }

    /// <summary>Whether the body is a file, alone or in a form; <see cref="Query"/> is what is said of it.</summary>
    public bool TakesFile { get; set; }

    /// <summary>Whether the body is JSON Lines, as an export answers them.</summary>
    public bool TakesLines { get; set; }

    /// <summary>Whether the answer is JSON Lines.</summary>
    public bool AnswersLines { get; set; }

    /// <summary>Whether <c>If-Match</c> is required, as it always is for <c>PATCH</c>.</summary>
    public bool IfMatch { get; set; }

    /// <summary>
    /// Whether the answer shows what must be stored nowhere, such as a new API key. It is not kept for those who send
    /// the same <c>Idempotency-Key</c> again, and no cache may keep it.
    /// </summary>
    public bool ShowsSecret { get; set; }

    /// <summary>Whether the answer is a stream, which is not kept either.</summary>
    public bool Streams { get; set; }

    /// <summary>What a successful answer holds; nothing when null.</summary>
    public Type? Answer { get; set; }

    /// <summary>What an answer of the status 202 holds, where one may be given instead; null where none is.</summary>
    public Type? Deferred { get; set; }

    /// <summary>What 503 holds where that is no problem document; null where it is.</summary>
    public Type? Unavailable { get; set; }

    /// <summary>Whether it asks whom people sign in with, who may be away: 502 then.</summary>
    public bool AsksProvider { get; set; }

    /// <summary>The status of a successful answer.</summary>
    public int Status { get; set; } = 200;

    /// <summary>Whether requests count against the limits of their caller. Probes do not.</summary>
    public bool Counted { get; set; } = true;

    /// <summary>The most bytes of a body; above it the answer is 413.</summary>
    public long BodyBytesMax { get; set; } = JsonBody.BytesMax;

    /// <summary>How long a request may take, in seconds; 0 is the setting <c>request-seconds</c>.</summary>
    public int SecondsMax { get; set; }

    /// <summary>
    /// Whether it is refused in an organization all of whose members are anonymous accounts: what reaches others, or
    /// outlives a session.
    /// </summary>
    public bool NeedsClaim { get; set; }

    /// <summary>The name of the feature flag without which the route is not there; null is always.</summary>
    public string? Feature { get; set; }
}
