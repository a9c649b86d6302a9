namespace Assay;

/// <summary>
/// Secrets can be neither kept nor read, now or until a setting is made. The message may be shown to clients: it names
/// settings and key ids, and holds no key.
/// </summary>
public sealed class SecretsUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
