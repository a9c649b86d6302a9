namespace Assay;

/// <summary>The organization that an invocation acts for. One a dependency-injection scope.</summary>
public sealed class OrganizationScope
{
    /// <summary>Null until <see cref="Enter"/>: then rows of no organization can be seen or written.</summary>
    public Guid? Id { get; private set; }

    /// <summary>Safe to repeat with the same organization.</summary>
    /// <exception cref="InvalidOperationException">The scope is another organization's already.</exception>
    public void Enter(Guid organizationId)
    {
        if (organizationId == Guid.Empty)
            throw new ArgumentException("An organization has a non-empty id.", nameof(organizationId));
        if (Id is { } current && current != organizationId)
            throw new InvalidOperationException("One invocation acts for one organization.");
        Id = organizationId;
    }
}
