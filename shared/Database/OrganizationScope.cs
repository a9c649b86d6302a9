using System.Runtime.CompilerServices;

namespace Assay;

/// <summary>
/// The organization that an invocation acts for, and who acts. One a dependency-injection scope. Row-level security
/// reads the organization and the user from here.
/// </summary>
public sealed class OrganizationScope
{
    // Shared with the scopes beside it.
    private StrongBox<int> writes = new();

    /// <summary>Null until one is entered: then rows of no organization can be seen or written.</summary>
    public Guid? Id { get; private set; }

    /// <summary>The system until a caller is entered.</summary>
    public Actor Actor { get; private set; } = Actor.System;

    /// <summary>
    /// How many statements and transactions that may have changed something were sent. While it does not grow, nothing
    /// was changed.
    /// </summary>
    public int Writes => Volatile.Read(ref writes.Value);

    /// <summary>Background work begins to act for an organization. Safe to repeat with the same one.</summary>
    /// <exception cref="InvalidOperationException">The scope is another organization's already.</exception>
    public void Enter(Guid organizationId)
    {
        if (organizationId == Guid.Empty)
            throw new ArgumentException("An organization has a non-empty id.", nameof(organizationId));
        if (Id is { } current && current != organizationId)
            throw new InvalidOperationException("One invocation acts for one organization.");
        Id = organizationId;
    }

    /// <summary>A caller begins to act.</summary>
    /// <param name="organizationId">Null for what a person does without any organization.</param>
    /// <exception cref="InvalidOperationException">The scope is somebody else's already.</exception>
    public void Enter(Guid? organizationId, Actor actor)
    {
        if (Actor != Actor.System && Actor != actor)
            throw new InvalidOperationException("One invocation has one actor.");
        if (organizationId is { } id)
            Enter(id);
        Actor = actor;
    }

    /// <summary>Whoever came without a credential turns out to be a person, by a password for one.</summary>
    /// <exception cref="InvalidOperationException">It is known already who acts.</exception>
    public void Recognize(Guid userId)
    {
        if (Actor.Kind != ActorKind.System || Actor.UserId is not null)
            throw new InvalidOperationException("One invocation has one actor.");
        Actor = Actor with { Kind = ActorKind.User, Id = userId, UserId = userId };
    }

    /// <summary>
    /// Whoever came without a credential turns out to have the link of a share, and sees of its organization what that
    /// is of.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is known already who acts.</exception>
    public void EnterShare(Guid organizationId, Guid shareId)
    {
        if (Actor.Kind != ActorKind.System || Actor.UserId is not null)
            throw new InvalidOperationException("One invocation has one actor.");
        Enter(organizationId);
        Actor = Actor with { Kind = ActorKind.Share, Id = shareId };
    }

    /// <summary>
    /// The same actor in another organization, or in none: what is done there is this invocation's too.
    /// </summary>
    public OrganizationScope Beside(Guid? organizationId)
    {
        var beside = new OrganizationScope { writes = writes };
        beside.Enter(organizationId, Actor);
        return beside;
    }

    /// <summary>The same, for the statements of <see cref="IdentityDatabase"/>.</summary>
    internal OrganizationScope ForIdentityWork() => new()
    {
        writes = writes, Id = Id, Actor = Actor with { IsIdentityWork = true },
    };

    internal void CountWrite() => Interlocked.Increment(ref writes.Value);
}
