using DurableTask.Core.History;

namespace Assay.Conformance;

/// <summary>An event of a history in words, without what differs from run to run.</summary>
public static class HistoryLine
{
    public static string Of(HistoryEvent happened) => happened switch
    {
        ExecutionStartedEvent one => $"started {one.Name} {one.Input}",
        TaskScheduledEvent one => $"scheduled {one.EventId} {one.Name} {one.Input}",
        TaskCompletedEvent one => $"completed {one.TaskScheduledId} {one.Result}",
        TaskFailedEvent one => $"failed {one.TaskScheduledId} {one.FailureDetails?.ErrorMessage}",
        SubOrchestrationInstanceCreatedEvent one => $"created {one.EventId} {one.Name} {one.Input}",
        SubOrchestrationInstanceCompletedEvent one => $"child completed {one.TaskScheduledId} {one.Result}",
        SubOrchestrationInstanceFailedEvent one => $"child failed {one.TaskScheduledId}",
        TimerCreatedEvent one => $"timer {one.EventId}",
        TimerFiredEvent one => $"fired {one.TimerId}",
        EventRaisedEvent one => $"raised {one.Name} {one.Input}",
        EventSentEvent one => $"sent {one.Name} {one.Input}",
        ExecutionCompletedEvent one => $"{one.OrchestrationStatus} {one.Result}",
        _ => $"{happened.EventType}",
    };
}
