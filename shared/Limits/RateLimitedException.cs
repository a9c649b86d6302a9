namespace Assay;

/// <summary>
/// A limit is used up. The same may be tried again when there is more; the message may be shown to users.
/// </summary>
/// <param name="whose">Such as the name of a provider.</param>
/// <param name="limit">The limit that refused.</param>
/// <param name="reset">Until there is more.</param>
public sealed class RateLimitedException(string whose, RateLimit limit, TimeSpan reset) : Exception(
    $"The limit {limit.Policy} of {limit.Quota:N0} requests in {limit.Seconds:N0} s to {whose} is used up.")
{
    public RateLimit Limit => limit;

    public TimeSpan Reset => reset;
}
