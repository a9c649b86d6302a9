using System.Collections.Concurrent;
using DurableTask.Core;

namespace Assay.DurableTaskTests;

/// <summary>What an orchestrator of a test is given.</summary>
internal sealed class Flow(OrchestrationContext context, string input, Lambda lambda)
{
    public OrchestrationContext Context => context;

    public string Input => input;

    public Task<string> CallAsync(string activity, string? activityInput = null) =>
        context.ScheduleTask<string>(activity, "", activityInput);

    public Task<string> ChildAsync(string name, string id, string? childInput = null) =>
        context.CreateSubOrchestrationInstance<string>(name, "", id, childInput);

    /// <summary>The next event of that name; one that came before it was waited for counts.</summary>
    public Task<string> EventAsync(string name) => lambda.WaitAsync(name);

    public void SetStatus(string status) => lambda.Status = status;
}

/// <summary>An orchestrator as a function.</summary>
internal sealed class Lambda(Func<Flow, Task<string>> run) : TaskOrchestration<string, string>
{
    readonly Dictionary<string, Queue<string>> came = [];
    readonly Dictionary<string, Queue<TaskCompletionSource<string>>> waiting = [];

    public string? Status { get; set; }

    public Task<string> WaitAsync(string name)
    {
        if (came.TryGetValue(name, out var events) && events.TryDequeue(out var early))
            return Task.FromResult(early);
        if (!waiting.TryGetValue(name, out var waiters))
            waiting[name] = waiters = new();
        var waiter = new TaskCompletionSource<string>();
        waiters.Enqueue(waiter);
        return waiter.Task;
    }

    public override Task<string> RunTask(OrchestrationContext context, string input) =>
        run(new(context, input ?? "", this));

    public override void OnEvent(OrchestrationContext context, string name, string input)
    {
        if (waiting.TryGetValue(name, out var waiters) && waiters.TryDequeue(out var waiter))
        {
            waiter.SetResult(input);
            return;
        }
        if (!came.TryGetValue(name, out var events))
            came[name] = events = new();
        events.Enqueue(input);
    }

    public override string OnGetStatus() => Status!;
}

/// <summary>An activity as a function.</summary>
internal sealed class Step(Func<TaskContext, string, Task<string>> run) : AsyncTaskActivity<string, string>
{
    protected override Task<string> ExecuteAsync(TaskContext context, string input) => run(context, input);
}

/// <summary>What a worker of a test knows.</summary>
internal sealed class Functions
{
    readonly ConcurrentDictionary<string, Func<Flow, Task<string>>> orchestrators = [];
    readonly ConcurrentDictionary<string, Func<TaskContext, string, Task<string>>> activities = [];

    public Functions Orchestrator(string name, Func<Flow, Task<string>> run)
    {
        orchestrators[name] = run;
        return this;
    }

    public Functions Activity(string name, Func<TaskContext, string, Task<string>> run)
    {
        activities[name] = run;
        return this;
    }

    public Functions Activity(string name, Func<string, string> run) =>
        Activity(name, (_, input) => Task.FromResult(run(input)));

    public void AddTo(TaskHubWorker worker)
    {
        foreach (var (name, run) in orchestrators)
            worker.AddTaskOrchestrations(new Creator<TaskOrchestration>(name, () => new Lambda(run)));
        foreach (var (name, run) in activities)
            worker.AddTaskActivities(new Creator<TaskActivity>(name, () => new Step(run)));
    }

    sealed class Creator<T> : ObjectCreator<T>
    {
        readonly Func<T> create;

        public Creator(string name, Func<T> create) => (Name, Version, this.create) = (name, "", create);

        public override T Create() => create();
    }
}
