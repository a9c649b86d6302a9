namespace Assay.Local;

/// <summary>An instance that this worker owns. Guarded by <see cref="Orchestrations"/>.</summary>
internal sealed class LiveInstance(InstanceRow row)
{
    public InstanceRow Row { get; set; } = row;

    /// <summary>Its code in memory; null before it is needed and after it was given up to save memory.</summary>
    public Execution? Execution { get; set; }

    /// <summary>Whether its generation has not run, so that there is no history to replay.</summary>
    public bool IsNew { get; set; }

    /// <summary>What arrived and no episode took yet.</summary>
    public List<Inbound> Inbox { get; set; } = [];

    /// <summary>Whether it waits to run, runs, or its episode is being committed: one of them at a time.</summary>
    public bool Busy { get; set; }

    /// <summary>Must run once although nothing arrived: it is new, or its code was continued from elsewhere.</summary>
    public bool MustRun { get; set; }

    /// <summary>When it last did something, by <see cref="Environment.TickCount64"/>.</summary>
    public long TouchedAt { get; set; }
}
