using Assay.Conformance;

namespace Assay;

/// <summary>How failures travel from activities through sub-orchestrations to clients.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class FailureConformanceTests(ConformanceHost host)
{
    private readonly ConformanceClient client = host.Client;

    [Fact]
    public async Task A_failed_activity_is_a_TaskFailedException_with_what_was_thrown()
    {
        var caught = await client.OutputAsync<Caught>(nameof(Failures.CatchesActivity), "a broken file");

        Assert.Equal(nameof(Failures.Throw), caught.TaskName);
        Assert.Contains(nameof(Failures.Throw), caught.Message, StringComparison.Ordinal);
        Assert.Contains("a broken file", caught.Failure.Message, StringComparison.Ordinal);
        IsOfType(typeof(InvalidDataException), caught.Failure, caught.Causes[0]);
        if (!host.IsForeign)
        {
            Assert.Contains(nameof(Failures.Throw), caught.Failure.Stack, StringComparison.Ordinal);
            Assert.Equal("what was behind it", caught.Failure.Inner!.Message);
            Assert.Equal([true, false], caught.Causes);
        }
    }

    [Fact]
    public async Task A_failed_sub_orchestration_has_the_failure_of_its_activity_as_its_inner_failure()
    {
        var caught = await client.OutputAsync<Caught>(nameof(Failures.CatchesChild), "deep down");

        Assert.Equal(nameof(Failures.Fails), caught.TaskName);
        Assert.Contains("deep down", caught.Failure.Message, StringComparison.Ordinal);
        if (caught.Failure.Inner is { } inner)
            IsOfType(typeof(InvalidDataException), inner, caught.Causes[1]);
        else
            Assert.True(host.IsForeign, "There is no inner failure.");
    }

    [Theory]
    [InlineData(nameof(Failures.Fails))]
    [InlineData(nameof(Failures.Throws))]
    public async Task A_failure_that_nobody_catches_fails_the_instance(string name)
    {
        var ended = await client.RunAsync(name, "nobody caught it");

        Assert.Equal("Failed", ended.Status);
        // The original (host extension 2.13) puts the message into the output and leaves the details out.
        Assert.Contains(
            "nobody caught it", host.IsForeign ? ended.Failure?.Message ?? ended.Output : ended.Failure!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_orchestration_goes_on_after_failures_that_it_caught() =>
        Assert.Equal(3, await client.OutputAsync<int>(nameof(Failures.Survives), 3));

    [Theory]
    [InlineData(nameof(Failures.CallsNobody))]
    [InlineData(nameof(Failures.CallsNobodyBelow))]
    public async Task A_call_of_a_function_that_does_not_exist_fails(string name)
    {
        var ended = await client.RunAsync(name);

        Assert.Equal("Failed", ended.Status);
    }

    /// <summary>The original (host extension 2.13) does not say the type of what an activity threw.</summary>
    private void IsOfType(Type type, Failure failure, bool isCausedBy)
    {
        if (host.IsForeign && failure.Type == "(unknown)")
            return;
        Assert.Equal(type.FullName, failure.Type);
        Assert.True(isCausedBy);
    }
}
