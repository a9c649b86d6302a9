using DurableTask.Core;
using DurableTask.Core.Exceptions;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Why the service itself lets an orchestration or activity fail.</summary>
internal static class Failures
{
    public static FailureDetails AlreadyExists(string instanceId) => Of(
        typeof(OrchestrationAlreadyExistsException).FullName!,
        $"An orchestration with the id '{instanceId}' exists already and has not ended.");

    public static FailureDetails Died(string what, int deaths) => Of(
        "PoisonMessage", $"{what} was under way in {deaths} processes in a row that ended without a result.");

    public static FailureDetails Abandoned(string what, int times) => Of(
        "PoisonMessage", $"{what} was dispatched {times} times in a row without a result.");

    public static FailureDetails CannotStore(string reason) => Of(
        "NotStorable", $"What it came to cannot be stored: {reason}");

    public static FailureDetails CannotRead(string reason) => Of(
        "NotReadable", $"What the database holds of it cannot be read: {reason}");

    public static FailureDetails NoEntities(string instanceId) => Of(
        typeof(NotSupportedException).FullName!, NoEntitiesMessage(instanceId));

    public static string NoEntitiesMessage(string instanceId) =>
        $"'{instanceId}' is a durable entity. The PostgreSQL storage provider does not support entities.";

    /// <summary>The id of an entity among those that messages are for.</summary>
    public static string? EntityOf(IEnumerable<TaskMessage> messages) => messages
        .Select(message => message.OrchestrationInstance?.InstanceId).FirstOrDefault(IsEntity);

    public static bool IsEntity(string? instanceId) => instanceId is ['@', ..] && instanceId.IndexOf('@', 1) > 0;

    static FailureDetails Of(string type, string message) => new(type, message, null, null, isNonRetriable: true);
}
