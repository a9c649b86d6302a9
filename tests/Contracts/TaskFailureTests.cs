using System.Reflection;
using Microsoft.DurableTask;

namespace Assay;

public sealed class TaskFailureTests
{
    [Fact]
    public void Details_follow_an_exception_and_what_caused_it()
    {
        var failure = TaskFailureDetails.FromException(
            new InvalidOperationException("outer", new FormatException("inner")));

        Assert.Equal("System.InvalidOperationException", failure.ErrorType);
        Assert.Equal("outer", failure.ErrorMessage);
        Assert.Equal("System.FormatException: inner", failure.InnerFailure!.ToString());
        Assert.Null(failure.InnerFailure.InnerFailure);
    }

    [Fact]
    public void A_failure_is_caused_by_its_type_and_every_base_of_it()
    {
        var failure = TaskFailureDetails.FromException(new OddDocument("page 3"));

        Assert.True(failure.IsCausedBy<OddDocument>());
        Assert.True(failure.IsCausedBy<FormatException>());
        Assert.True(failure.IsCausedBy(typeof(Exception)));
        Assert.False(failure.IsCausedBy<InvalidOperationException>());
    }

    [Fact]
    public void A_failure_of_an_unknown_type_has_no_known_cause()
    {
        Assert.False(Failed("Elsewhere.StrangeException").IsCausedBy<Exception>());
        Assert.False(Failed("").IsCausedBy<Exception>());
        Assert.False(Failed("(unknown)").IsCausedBy<Exception>());
    }

    [Fact]
    public void Only_exceptions_can_be_causes() =>
        Assert.Throws<ArgumentException>(() => Failed("System.Exception").IsCausedBy(typeof(string)));

    [Fact]
    public void The_exception_of_a_failed_task_names_the_task_and_the_reason()
    {
        var failed = new TaskFailedException("EmbedChunks", 4, Failed("System.FormatException", "bad bytes"));

        Assert.Equal("Task 'EmbedChunks' (#4) failed with an unhandled exception: bad bytes", failed.Message);
        Assert.Equal("EmbedChunks", failed.TaskName);
        Assert.Equal(4, failed.TaskId);
        Assert.True(failed.FailureDetails.IsCausedBy<FormatException>());
    }

    [Fact]
    public void A_failed_task_can_be_made_from_its_exception()
    {
        var cause = new TimeoutException("too slow");

        var failed = new TaskFailedException("Read", 1, cause);

        Assert.Same(cause, failed.InnerException);
        Assert.Equal("too slow", failed.FailureDetails.ErrorMessage);
    }

    private static TaskFailureDetails Failed(string type, string message = "") => new(type, message, null, null, null);

    private sealed class OddDocument(string message) : FormatException(message);
}
