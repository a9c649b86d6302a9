using System.Runtime.Serialization;

// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core;

public class ParentInstance : IExtensibleDataObject
{
    public string Name;

    public OrchestrationInstance OrchestrationInstance;

    /// <summary>The event id of the call.</summary>
    public int TaskScheduleId;

    public string Version;

    public ExtensionDataObject ExtensionData { get; set; }
}
