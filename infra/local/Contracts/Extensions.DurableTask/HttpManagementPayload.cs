namespace Microsoft.Azure.Functions.Worker;

/// <summary>Where one instance can be observed and steered over HTTP.</summary>
public class HttpManagementPayload
{
    public HttpManagementPayload()
    {
    }

    public string? Id { get; internal set; }

    public string? StatusQueryGetUri { get; internal set; }

    public string? SendEventPostUri { get; internal set; }

    public string? TerminatePostUri { get; internal set; }

    public string? RewindPostUri { get; internal set; }

    public string? PurgeHistoryDeleteUri { get; internal set; }

    public string? RestartPostUri { get; internal set; }

    public string? SuspendPostUri { get; internal set; }

    public string? ResumePostUri { get; internal set; }
}
