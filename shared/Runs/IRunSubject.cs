namespace Assay;

/// <summary>What a kind of run works on, for runs that are ended from outside.</summary>
public interface IRunSubject
{
    /// <summary>As runs name it: <c>document</c>, <c>analysis</c>.</summary>
    string Type { get; }

    /// <summary>Ends what is still being worked on, with a reason; what has ended stays as it is.</summary>
    Task GiveUpAsync(DatabaseTransaction transaction, Guid id, string reason, CancellationToken cancellation);
}
