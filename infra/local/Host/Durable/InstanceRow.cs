namespace Assay.Local;

/// <summary>What an engine needs to know of an instance to run its code.</summary>
/// <param name="Input">Serialized.</param>
/// <param name="FirstStep">Steps are numbered from here; not 0 after the instance continued as new.</param>
/// <param name="TraceParent">See <see cref="DurableTraces"/>.</param>
internal sealed record InstanceRow(
    long Key, string InstanceId, string Name, string? Version, string Status, string? Input, string? CustomStatus,
    string? Tags, int FirstStep, long? ParentKey, int? ParentStep, string? ParentId, string? ParentName,
    DateTime CreatedAt, string? TraceParent)
{
    /// <summary>Whether its generation has not run, so that there is no history to replay.</summary>
    public bool IsNew { get; init; }

    /// <summary>Times in a row that a process ended while this had something to do, and did not get on.</summary>
    public int Takeovers { get; init; }
}

/// <summary>Something that an instance has to be told.</summary>
/// <param name="Message">Id of the stored message that says so, which the episode consumes; null for an activity's
/// result that comes from this process.</param>
/// <param name="At">When a timer was due; else null.</param>
/// <param name="HasRow">Whether the episode consumes the row of the activity whose result this is.</param>
internal sealed record Inbound(
    string Kind, int? Step, string? Name, string? Payload, string? Failure, long? Message, DateTime? At = null,
    bool HasRow = false);
