using DurableTask.Core;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Extended sessions.</summary>
internal sealed partial class Worker
{
    /// <summary>Keeps an orchestrator in memory for as long as there is something for it to do soon.</summary>
    sealed class Session(Worker worker) : IOrchestrationSession
    {
        public async Task<IList<TaskMessage>?> FetchNewOrchestrationMessagesAsync(TaskOrchestrationWorkItem workItem)
        {
            var item = (OrchestrationItem)workItem;
            Task told;
            lock (worker.Lock)
            {
                if (TryTake(item, out var messages))
                    return messages;
                item.Live.SessionWaits = new(TaskCreationOptions.RunContinuationsAsynchronously);
                told = item.Live.SessionWaits.Task;
            }
            await told.WaitAsync(worker.settings.ExtendedSessionIdleTimeout)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (worker.Lock)
            {
                item.Live.SessionWaits = null;
                return TryTake(item, out var messages) ? messages : null;
            }
        }

        public Task EndSessionAsync() => Task.CompletedTask;

        /// <summary>False and null: the session ends.</summary>
        bool TryTake(OrchestrationItem item, out IList<TaskMessage>? messages)
        {
            messages = null;
            if (worker.IsEnded || worker.stopping.IsCancellationRequested || !worker.IsMine(item.Live))
                return true;
            if (item.Live.Inbox.Count == 0)
                return false;
            Take(item);
            messages = item.NewMessages;
            return true;
        }
    }
}
