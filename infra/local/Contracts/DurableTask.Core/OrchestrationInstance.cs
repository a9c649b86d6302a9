using System.Runtime.Serialization;

// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core;

public class OrchestrationInstance : IExtensibleDataObject
{
    public string InstanceId { get; set; }

    /// <summary>Of one generation of the instance.</summary>
    public string ExecutionId { get; set; }

    public ExtensionDataObject ExtensionData { get; set; }

    public override int GetHashCode() => HashCode.Combine(InstanceId, ExecutionId);

    public override string ToString() => $"[InstanceId: {InstanceId}, ExecutionId: {ExecutionId}]";
}
