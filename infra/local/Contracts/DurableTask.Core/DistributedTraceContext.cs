namespace DurableTask.Core.Tracing;

public class DistributedTraceContext
{
    // The limit of the W3C specification; a longer state is dropped.
    private const int StateLengthMax = 513;

    private string? state;

    public DistributedTraceContext(string traceParent, string? traceState = null)
    {
        TraceParent = traceParent;
        state = traceState;
    }

    /// <summary>As in the W3C header.</summary>
    public string TraceParent { get; set; }

    public string? TraceState
    {
        get => state;
        set => state = value?.Length <= StateLengthMax ? value : null;
    }

    public string? Id { get; set; }

    public string? SpanId { get; set; }

    public DateTimeOffset? ActivityStartTime { get; set; }
}
