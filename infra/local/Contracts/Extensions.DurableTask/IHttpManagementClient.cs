namespace Microsoft.Azure.Functions.Worker.Extensions.DurableTask;

/// <summary>Implemented by the host's client, which knows where the management API is served.</summary>
internal interface IHttpManagementClient
{
    /// <summary>
    /// Such as <c>http://localhost:7071/runtime/webhooks/durabletask</c>; null while nothing listens.
    /// </summary>
    string? HttpBaseUrl { get; }

    /// <summary>What every address must carry, such as <c>code=…</c>; null when keys are not enforced.</summary>
    string? QueryString { get; }
}
