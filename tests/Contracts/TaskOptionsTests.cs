using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

public sealed class TaskOptionsTests
{
    private static readonly RetryPolicy Policy = new(2, TimeSpan.FromSeconds(1));

    [Fact]
    public void A_sub_orchestration_keeps_what_its_options_say()
    {
        var options = TaskOptions.FromRetryPolicy(Policy) with { Version = "2.0" };

        var sub = options.WithInstanceId("child");

        Assert.Same(Policy, sub.Retry!.Policy);
        Assert.Equal("2.0", (string)sub.Version!.Value);
        Assert.Equal("child", sub.InstanceId);
        Assert.Equal("child", new SubOrchestrationOptions(sub).InstanceId);
        Assert.Equal("child", new SubOrchestrationOptions((TaskOptions)sub).InstanceId);
        Assert.Equal("other", new SubOrchestrationOptions((TaskOptions)sub, "other").InstanceId);
    }

    [Fact]
    public void Statuses_that_block_a_start_are_kept_by_name()
    {
        var options = new StartOrchestrationOptions("id").WithDedupeStatuses(
            OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Pending);

        Assert.Equal("id", options.InstanceId);
        Assert.Equal(["Running", "Pending"], options.DedupeStatuses!);
        Assert.DoesNotContain(
            "ContinuedAsNew",
            StartOrchestrationOptionsExtensions.ValidDedupeStatuses.Select(status => status.ToString()));
    }

    [Fact]
    public void Names_ignore_case_and_an_empty_one_is_no_name()
    {
        Assert.Equal(new TaskName("Ingest"), new TaskName("INGEST"));
        Assert.Equal(new TaskName("Ingest").GetHashCode(), new TaskName("INGEST").GetHashCode());
        Assert.Null(((TaskName)"").Name);
        Assert.Equal(default(TaskName).GetHashCode(), ((TaskName)"").GetHashCode());
    }

    [Fact]
    public void No_version_however_written_is_unversioned()
    {
        Assert.Equal(TaskVersion.Unversioned, new TaskVersion(null));
        Assert.Equal(TaskVersion.Unversioned, new TaskVersion(""));
        Assert.Equal("", default(TaskVersion).Version);
        Assert.Throws<ArgumentException>(() => new TaskVersion(" "));
    }

    [Theory]
    [InlineData("", " ", 0)]
    [InlineData("", "1.0", -1)]
    [InlineData("1.0", "", 1)]
    [InlineData("1.9", "1.10", -1)]
    [InlineData("2.0.0", "2.0.0", 0)]
    [InlineData("beta", "ALPHA", 1)]
    [InlineData("beta", "BETA", 0)]
    public void Versions_compare_by_number_and_else_as_text(string one, string other, int sign) =>
        Assert.Equal(
            sign,
            Math.Sign(Microsoft.DurableTask.Abstractions.TaskOrchestrationVersioningUtils.CompareVersions(one, other)));
}
