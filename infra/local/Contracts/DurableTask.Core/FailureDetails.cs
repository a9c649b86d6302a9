using System.Runtime.Serialization;

namespace DurableTask.Core;

/// <summary>The Durable Task core's own kind of <see cref="Microsoft.DurableTask.TaskFailureDetails"/>.</summary>
public class FailureDetails : IEquatable<FailureDetails>
{
    public FailureDetails()
        : this("None", "", null, null, isNonRetriable: false)
    {
    }

    public FailureDetails(Exception e)
        : this(e, properties: null)
    {
    }

    public FailureDetails(Exception e, FailureDetails innerFailure)
        : this(e, innerFailure, properties: null)
    {
    }

    public FailureDetails(Exception e, IDictionary<string, object?>? properties)
        : this(e, e.InnerException is { } inner ? new FailureDetails(inner) : null!, properties)
    {
    }

    public FailureDetails(Exception e, FailureDetails innerFailure, IDictionary<string, object?>? properties)
        : this(e.GetType().FullName!, e.Message, e.StackTrace, innerFailure, isNonRetriable: false, properties)
    {
    }

    public FailureDetails(
        string errorType, string errorMessage, string? stackTrace, FailureDetails? innerFailure, bool isNonRetriable)
        : this(errorType, errorMessage, stackTrace, innerFailure, isNonRetriable, properties: null)
    {
    }

    public FailureDetails(
        string errorType, string errorMessage, string? stackTrace, FailureDetails? innerFailure, bool isNonRetriable,
        IDictionary<string, object?>? properties = null)
    {
        ErrorType = errorType;
        ErrorMessage = errorMessage;
        StackTrace = stackTrace;
        InnerFailure = innerFailure;
        IsNonRetriable = isNonRetriable;
        Properties = properties;
    }

    protected FailureDetails(SerializationInfo info, StreamingContext context)
        : this(
            info.GetString(nameof(ErrorType))!, info.GetString(nameof(ErrorMessage))!,
            info.GetString(nameof(StackTrace)),
            (FailureDetails?)info.GetValue(nameof(InnerFailure), typeof(FailureDetails)), isNonRetriable: false)
    {
    }

    public string ErrorType { get; }

    public string ErrorMessage { get; }

    public string? StackTrace { get; }

    public FailureDetails? InnerFailure { get; }

    public bool IsNonRetriable { get; }

    public IDictionary<string, object?>? Properties { get; }

    /// <summary>Whether the failure's own type, not that of an inner one, is or derives from the given type.</summary>
    public bool IsCausedBy<T>()
        where T : Exception => new Microsoft.DurableTask.TaskFailureDetails(
            ErrorType, ErrorMessage, StackTrace, InnerFailure: null, Properties: null).IsCausedBy<T>();

    public bool Equals(FailureDetails? other) => other is not null
        && (ErrorType, ErrorMessage, StackTrace) == (other.ErrorType, other.ErrorMessage, other.StackTrace)
        && Equals(InnerFailure, other.InnerFailure);

#pragma warning disable CS8765 // Declared like this in the real class.
    public override bool Equals(object other) => Equals(other as FailureDetails);
#pragma warning restore CS8765

    public override int GetHashCode() => HashCode.Combine(ErrorType, ErrorMessage, StackTrace, InnerFailure);

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";
}
