using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Assay;

public sealed class OrchestrationContextTests
{
    private readonly BareOrchestrationContext context = new();

    [Fact]
    public async Task An_event_in_time_cancels_its_timer()
    {
        var waiting = context.WaitForExternalEvent<string>("Approved", TimeSpan.FromHours(1));
        context.Event.SetResult("yes");

        Assert.Equal("yes", await waiting);
        Assert.True(context.TimerToken.IsCancellationRequested);
        Assert.Equal(context.CurrentUtcDateTime.AddHours(1), context.FireAt);
    }

    [Fact]
    public async Task An_event_too_late_is_a_cancelled_task()
    {
        var waiting = context.WaitForExternalEvent<string>("Approved", TimeSpan.FromHours(1));
        context.Timer.SetResult();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Calls_without_a_result_or_input_end_in_the_full_one()
    {
        await context.CallActivityAsync("Embed", 5);
        await context.CallActivityAsync<int>("Embed", new TaskOptions());
        await context.CallSubOrchestratorAsync("Child", new TaskOptions());

        Assert.Equal(["Embed 5 False", "Embed - True", "Child - True"], context.Calls);
    }

    [Fact]
    public async Task An_http_call_is_an_activity_of_the_host()
    {
        await context.CallHttpAsync(HttpMethod.Get, new Uri("http://localhost/"));

        Assert.Equal([$"BuiltIn::HttpActivity {typeof(DurableHttpRequest)} False"], context.Calls);
    }

    [Fact]
    public void Replay_safe_loggers_are_silent_in_replay()
    {
        ILogger[] loggers =
        [
            context.CreateReplaySafeLogger("a"), context.CreateReplaySafeLogger(typeof(string)),
            context.CreateReplaySafeLogger<string>(), context.ReplaySafeLoggerFactory.CreateLogger("b"),
        ];

        context.Replaying = true;
        foreach (var logger in loggers)
            logger.LogInformation("again");
        Assert.Equal(0, context.Logged);

        context.Replaying = false;
        foreach (var logger in loggers)
            logger.LogInformation("first");
        Assert.Equal(4, context.Logged);
    }

    [Fact]
    public void A_logger_factory_that_leads_back_to_itself_is_refused()
    {
        context.Loggers = context.ReplaySafeLoggerFactory;

        Assert.Throws<InvalidOperationException>(() => context.CreateReplaySafeLogger("a"));
    }

    [Fact]
    public void Entities_are_not_supported_by_the_base()
    {
        Assert.Throws<NotSupportedException>(() => context.Entities);
        Assert.Equal(-1, context.CompareVersionTo("1.0"));
    }

    [Fact]
    public async Task A_task_as_a_class_checks_its_input()
    {
        ITaskActivity activity = FuncTaskActivity.Create<int, string>((_, input) => Task.FromResult($"{input}"));
        ITaskOrchestrator orchestrator =
            FuncTaskOrchestrator.Create<string, string>((_, input) => Task.FromResult(input + "!"));

        Assert.Equal("7", await activity.RunAsync(new ActivityContext(), 7));
        Assert.Equal("0", await activity.RunAsync(new ActivityContext(), null));
        Assert.Equal("a!", await orchestrator.RunAsync(context, "a"));
        await Assert.ThrowsAsync<ArgumentException>(() => activity.RunAsync(new ActivityContext(), "seven"));
    }

    private sealed class ActivityContext : TaskActivityContext
    {
        public override TaskName Name => "Test";

        public override string InstanceId => "1";
    }
}
