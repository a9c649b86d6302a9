using System.Text.Json;
using Microsoft.DurableTask;

namespace Assay.Conformance;

/// <summary>What a test starts an orchestration with.</summary>
/// <param name="DedupeStatuses">Statuses in which an instance of that id keeps it; null says nothing of it.</param>
public sealed record StartRequest(
    JsonElement? Input = null, string? Id = null, DateTimeOffset? StartAt = null, string? Version = null,
    Dictionary<string, string>? Tags = null, string[]? DedupeStatuses = null)
{
    public StartOrchestrationOptions Options() => new(Id, StartAt)
    {
        Version = Version is null ? (TaskVersion?)null : new TaskVersion(Version),
        Tags = Tags ?? [],
        DedupeStatuses = DedupeStatuses,
    };
}
