using DurableTask.Core;

namespace Assay.DurableTask.PostgreSql;

/// <summary>How a status stands in the database.</summary>
internal static class InstanceStatus
{
    static readonly Dictionary<OrchestrationStatus, string> names = Enum.GetValues<OrchestrationStatus>()
        .ToDictionary(status => status, status => status.ToString().ToLowerInvariant());

    static readonly Dictionary<string, OrchestrationStatus> statuses =
        names.ToDictionary(name => name.Value, name => name.Key);

    /// <summary>Those that another start of the same id does not replace unless it says so.</summary>
    public static readonly OrchestrationStatus[] Live =
    [
        OrchestrationStatus.Pending, OrchestrationStatus.Running, OrchestrationStatus.Suspended,
        OrchestrationStatus.ContinuedAsNew,
    ];

    public static string Name(OrchestrationStatus status) => names[status];

    public static string[] Names(IEnumerable<OrchestrationStatus> statuses) => [.. statuses.Select(Name)];

    public static OrchestrationStatus Parse(string name) => statuses[name];

    public static bool IsEnd(OrchestrationStatus status) => !Live.Contains(status);
}
