namespace Assay;

/// <summary>Every problem the API answers with; the types are permanent.</summary>
public static class Problems
{
    /// <summary>400: the request could not be read. Errors are keyed by field where one is known.</summary>
    public static Problem Malformed(string detail, IReadOnlyDictionary<string, string[]>? errors = null) =>
        new(400, "malformed", "The request could not be read", detail, errors is null ? null : new FieldErrors(errors));

    /// <summary>422: the request was read, and these fields do not hold what was expected.</summary>
    public static Problem Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(422, "invalid", "The request is not valid", "See errors for each field.", new FieldErrors(errors));

    public static Problem Invalid(string field, string expected) =>
        Invalid(new Dictionary<string, string[]> { [field] = [expected] });

    /// <summary>401: no credential, or one that is unknown, expired or revoked.</summary>
    public static Problem Unauthorized(string detail) =>
        new(401, "unauthorized", "Credentials are missing or not valid", detail) { Challenge = "Bearer" };

    public static Problem Forbidden(string detail) =>
        new(403, "forbidden", "Not allowed", detail);

    /// <summary>403: anonymous accounts may not do it.</summary>
    public static Problem Unclaimed() =>
        new(403, "unclaimed", "Not allowed to an anonymous account",
            "Claim the account first: POST /api/auth/claim gives it an address and a password.");

    /// <summary>409: there are as many of something as there may be.</summary>
    public static Problem CapReached(string detail) =>
        new(409, "cap-reached", "There are as many as there may be", detail);

    /// <summary>403: the role would let somebody do more than the caller may.</summary>
    public static Problem RoleNotToBeGiven(Role role) => Forbidden(
        $"The role {role} may do more than you may here, so you cannot give it.");

    /// <summary>403: it is private, and shared with the caller for less.</summary>
    public static Problem NotToBeChanged() => Forbidden("It is shared with you, but not to be changed.");

    /// <summary>403: the relationship is part of an entity that is shared with the caller for less.</summary>
    public static Problem NotToBeRelated() => Forbidden(
        "It changes an entity that you may only see: the source or, of overrides and part_of, the target.");

    /// <summary>404, also for what belongs to another organization.</summary>
    public static Problem NotFound(string what, object id) =>
        new(404, "not-found", "Not found", $"There is no {what} {id}.");

    public static Problem Conflict(string detail) =>
        new(409, "conflict", "The request conflicts with the present state", detail);

    /// <summary>412: <c>If-Match</c> names another version than the present one.</summary>
    public static Problem Stale() =>
        new(412, "stale", "The version is not the present one",
            "It has changed since it was read. Read it again, and send its ETag as If-Match.");

    /// <summary>428: a change without <c>If-Match</c> could undo what somebody else did meanwhile.</summary>
    public static Problem VersionRequired() =>
        new(428, "version-required", "The version to change is missing",
            "Send the ETag that reading it gave as If-Match, with its quotes.");

    /// <summary>404: the feature was turned off for the organization.</summary>
    public static Problem FeatureOff(string feature) =>
        new(404, "feature-off", "The feature is turned off", $"The feature flag {feature} is off here.");

    /// <summary>408: the body came too slowly.</summary>
    public static Problem TooSlow() =>
        new(408, "too-slow", "The request did not arrive in time", "Its body came at less than 240 bytes a second.");

    public static Problem TooLarge(long bytesMax) =>
        new(413, "too-large", "The content is too large", $"At most {bytesMax:N0} bytes are accepted here.");

    public static Problem UnsupportedMediaType(string expected) =>
        new(415, "unsupported-media-type", "The content type is not supported", $"Expected {expected}.");

    /// <summary>429: the caller has used a limit up; its policy is named as in <c>RateLimit-Policy</c>.</summary>
    /// <param name="reset">Until the same request may be tried again.</param>
    public static Problem Limited(RateLimit limit, TimeSpan reset) =>
        new(429, "limited", "Too many requests",
            $"The limit {limit.Policy} of {limit.Quota:N0} requests in {limit.Seconds:N0} s is used up.")
        {
            RetryAfter = Math.Max(1, (int)Math.Ceiling(reset.TotalSeconds)),
        };

    /// <summary>429: the organization has so many requests under way already.</summary>
    public static Problem TooManyAtOnce(int most) =>
        new(429, "too-many-at-once", "Too many requests at once",
            $"At most {most:N0} requests of an organization are worked on at a time.")
        {
            RetryAfter = 1,
        };

    /// <summary>429: the organization has as many runs waiting as it may have.</summary>
    public static Problem BacklogFull(string detail) =>
        new(429, "backlog-full", "Too much work waits", detail) { RetryAfter = 60 };

    public static Problem Unexpected() =>
        new(500, "unexpected", "Something went wrong",
            "The fault was logged under this traceId. The request may be tried again.");

    /// <summary>503: Postgres or blob storage is away; the same request may succeed shortly.</summary>
    public static Problem Unavailable(string what) =>
        new(503, "unavailable", "Temporarily unavailable", $"{what} cannot be reached. Try again shortly.")
        {
            RetryAfter = 2,
        };

    /// <summary>504: the request was given up; what it changed, if anything, was undone.</summary>
    public static Problem TimedOut(TimeSpan limit) =>
        new(504, "timed-out", "The request took too long", $"It was given up after {limit.TotalSeconds:N0} s.")
        {
            RetryAfter = 5,
        };

    /// <summary>503: no key is configured that secrets could be encrypted under, or the key vault is away.</summary>
    public static Problem SecretsUnavailable(string detail) =>
        new(503, "secrets-unavailable", "Secrets cannot be kept or read", detail) { RetryAfter = 30 };

    /// <summary>429: the same was tried too often.</summary>
    public static Problem TooManyAttempts(TimeSpan wait) =>
        new(429, "too-many-attempts", "Tried too often", "Wait for as long as Retry-After says, and try again.")
        {
            RetryAfter = (int)Math.Ceiling(wait.TotalSeconds),
        };

    /// <summary>502: whom people sign in with is away, or said what cannot be trusted.</summary>
    public static Problem ProviderFailed(string detail) =>
        new(502, "provider-failed", "The provider did not answer as it must", detail);

    /// <summary>503: a setting of this installation is missing.</summary>
    public static Problem NotConfigured(string detail) =>
        new(503, "not-configured", "A setting is missing", detail) { RetryAfter = 3600 };

    /// <summary>503: there is more to do at this moment than can be.</summary>
    public static Problem Busy(string detail) => new(503, "busy", "Too much to do", detail) { RetryAfter = 2 };
}
