namespace Assay;

/// <summary>An entity that a person marked, to find it again.</summary>
/// <param name="Type">Of the entity, such as <c>prompt</c>.</param>
/// <param name="CreatedAt">When it was marked.</param>
public sealed record Favorite(Guid Id, Guid EntityId, string Type, string Title, DateTimeOffset CreatedAt)
{
    public static Favorite Example => new(
        new("01890a5d-c0de-7abc-9def-001122334455"), Entity.Example.Id, Entity.Example.Type, Entity.Example.Title,
        new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
}

/// <summary>The favorites of whoever acts. Who is no person has none.</summary>
public sealed class FavoriteStore(Database database, OrganizationScope scope)
{
    /// <summary>Newest first; without those that were deleted, or made private by others.</summary>
    /// <param name="type">Of this type only; null takes all.</param>
    /// <param name="after">Those behind this id; null for the first page.</param>
    public Task<IReadOnlyList<Favorite>> ListAsync(
        string? type, Guid? after, int take, CancellationToken cancellation) =>
        database.ListAsync<Favorite>(
            """
            select f.id, f.entity_id, e.type, e.title, f.created_at
            from core.favorite f
            join core.entity e on e.organization_id = f.organization_id and e.id = f.entity_id
            where f.organization_id = @Organization and f.user_id = @UserId and e.deleted_at is null
                and (@type::text is null or e.type = @type) and (@after::uuid is null or f.id < @after)
            order by f.id desc
            limit @take
            """,
            new { Organization = scope.Id, scope.Actor.UserId, type, after, take }, cancellation);

    /// <summary>Safe to repeat.</summary>
    public Task AddAsync(Guid entityId, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            insert into core.favorite (id, organization_id, user_id, entity_id)
            values (@id, @Organization, @UserId, @entityId)
            on conflict do nothing
            """,
            new { id = Guid.CreateVersion7(), Organization = scope.Id, scope.Actor.UserId, entityId }, cancellation);

    /// <summary>Safe to repeat.</summary>
    public Task RemoveAsync(Guid entityId, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "delete from core.favorite where entity_id = @entityId and user_id = @UserId",
            new { entityId, scope.Actor.UserId }, cancellation);
}
