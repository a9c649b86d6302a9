using Microsoft.DurableTask.Client;

namespace Assay.Local;

/// <summary>The status of an instance as it is stored.</summary>
internal static class InstanceStatus
{
    public const string Pending = "pending";
    public const string Running = "running";
    public const string Suspended = "suspended";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Terminated = "terminated";

    public static readonly string[] Ended = [Completed, Failed, Terminated];

    public static bool IsEnded(string status) => status is Completed or Failed or Terminated;

    public static OrchestrationRuntimeStatus Parse(string status) =>
        Enum.Parse<OrchestrationRuntimeStatus>(status, ignoreCase: true);

    public static string Text(OrchestrationRuntimeStatus status) => status.ToString().ToLowerInvariant();
}
