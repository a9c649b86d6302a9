namespace Assay;

/// <summary>What somebody says of an entity.</summary>
/// <param name="EntityVersion">The version that was the present one then.</param>
/// <param name="AuthorId">Null of whom came by a link, of programs, and when the account is gone.</param>
/// <param name="ShareId">The share by whose link it came.</param>
/// <param name="Version">From 1; one more with each edit.</param>
public sealed record Comment(
    Guid Id,
    Guid EntityId,
    int EntityVersion,
    Guid? AuthorId,
    Guid? ShareId,
    string Text,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    internal const string Columns =
        "id, entity_id, entity_version, author_id, share_id, text, version, created_at, updated_at";

    public static Comment Example => new(
        new("01890a5d-c077-7abc-8123-445566778899"), Entity.Example.Id, 3, null, Share.Example.Id,
        "Two sentences are few.", 1, new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero), new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
}

/// <summary>Comments on the entities that whoever acts sees.</summary>
public sealed class CommentStore(Database database, OrganizationScope scope)
{
    /// <summary>Newest first.</summary>
    /// <param name="after">Those behind this id; null for the first page.</param>
    public Task<IReadOnlyList<Comment>> ListAsync(
        Guid entityId, Guid? after, int take, CancellationToken cancellation) =>
        database.ListAsync<Comment>(
            $"""
            select {Comment.Columns} from core.comment
            where entity_id = @entityId and (@after::uuid is null or id < @after)
            order by id desc
            limit @take
            """,
            new { entityId, after, take }, cancellation);

    public Task<Comment?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Comment>(
            $"select {Comment.Columns} from core.comment where id = @id", new { id }, cancellation);

    public async Task<Comment> AddAsync(Entity entity, Guid? shareId, string text, CancellationToken cancellation) =>
        (await database.FindAsync<Comment>(
            $"""
            insert into core.comment (id, organization_id, entity_id, entity_version, author_id, share_id, text)
            values (@id, @Organization, @EntityId, @Version, @AuthorId, @shareId, @text)
            returning {Comment.Columns}
            """,
            new
            {
                id = Guid.CreateVersion7(),
                Organization = scope.Id,
                EntityId = entity.Id,
                entity.Version,
                AuthorId = scope.Actor.UserId,
                shareId,
                text,
            },
            cancellation))!;

    /// <summary>Null when somebody changed it after <paramref name="known"/> was read.</summary>
    public Task<Comment?> TryChangeAsync(Comment known, string text, CancellationToken cancellation) =>
        database.FindAsync<Comment>(
            $"""
            update core.comment set text = @text, version = version + 1, updated_at = now()
            where id = @Id and version = @Version
            returning {Comment.Columns}
            """,
            new { known.Id, known.Version, text }, cancellation);

    /// <summary>Safe to repeat.</summary>
    public Task DeleteAsync(Guid id, CancellationToken cancellation) =>
        database.ExecuteAsync("delete from core.comment where id = @id", new { id }, cancellation);
}
