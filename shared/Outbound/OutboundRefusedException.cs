namespace Assay;

/// <summary>
/// A host leads to no public address. It is the inner exception of the <see cref="HttpRequestException"/> that the
/// request ends with.
/// </summary>
public sealed class OutboundRefusedException(string host)
    : IOException($"{host} has no public address, and requests to private ones are not allowed here.");
