namespace Assay.Local;

/// <summary>The session of this process while it works, for clients to hand over what they start.</summary>
internal sealed class CurrentSession
{
    volatile WorkerSession? session;

    public WorkerSession? Session
    {
        get => session;
        set => session = value;
    }
}
