using System.Text.Json.Nodes;
using Npgsql;

namespace Assay;

/// <summary>
/// The organization's entities, as far as whoever acts may see them. Every change makes a version; the one before is
/// kept by the database itself.
/// </summary>
public sealed class EntityStore(Database database, OrganizationScope scope, Caps caps)
{
    /// <summary>Null when there is none, or whoever acts does not see it; one that is deleted is there.</summary>
    /// <param name="type">Of this type only; null takes all.</param>
    public async Task<Entity?> FindAsync(Guid id, EntityType? type, CancellationToken cancellation) =>
        Shown(await database.FindAsync<Entity>(
            $"""
            select {Entity.PresentColumns} from core.entity
            where id = @id and (@type::text is null or type = @type)
            """,
            new { id, type = type?.Name }, cancellation));

    /// <summary>
    /// Those of these that are there and not deleted, in no order; null when their contents have more bytes of JSON.
    /// </summary>
    public async Task<IReadOnlyList<Entity>?> ListByIdsAsync(
        Guid[] ids, int bytesMax, CancellationToken cancellation)
    {
        var rows = await database.ListAsync<Entity>(
            $"""
            select {Entity.Columns.Replace(" content,", " case when bytes <= @bytesMax then content end as content,")}
            from (
                select {Entity.PresentColumns}, sum(octet_length(content::text)) over () as bytes
                from core.entity where id = any (@ids) and deleted_at is null) found
            """,
            new { ids, bytesMax }, cancellation);
        return rows.Any(row => row.Content is null) ? null : rows;
    }

    /// <summary>The same without contents and metadata.</summary>
    public Task<IReadOnlyList<Entity>> ListHeadsAsync(Guid[] ids, CancellationToken cancellation) =>
        database.ListAsync<Entity>(
            $"select {Entity.HeadColumns} from core.entity where id = any (@ids) and deleted_at is null",
            new { ids }, cancellation);

    /// <summary>As it was at a moment; null before it was made and while it was deleted.</summary>
    public Task<Entity?> FindAtAsync(
        Guid id, EntityType? type, DateTimeOffset moment, CancellationToken cancellation) =>
        database.FindAsync<Entity>(
            $"""
            select {Entity.Columns} from core.entity_history
            where id = @id and (@type::text is null or type = @type)
                and valid_from <= @moment and (valid_to is null or valid_to > @moment) and deleted_at is null
            """,
            new { id, type = type?.Name, moment }, cancellation);

    /// <summary>The version that a label points at; null without such a label, and while it is deleted.</summary>
    public Task<Entity?> FindLabeledAsync(
        Guid id, EntityType? type, string label, CancellationToken cancellation) =>
        database.FindAsync<Entity>(
            $"""
            select {Entity.Columns} from core.entity_history
            where id = @id and (@type::text is null or type = @type)
                and version = (select version from core.entity_label where entity_id = @id and name = @label)
                and exists (select from core.entity where id = @id and deleted_at is null)
            """,
            new { id, type = type?.Name, label }, cancellation);

    public Task<Entity?> FindVersionAsync(
        Guid id, EntityType? type, int version, CancellationToken cancellation) =>
        database.FindAsync<Entity>(
            $"""
            select {Entity.Columns} from core.entity_history
            where id = @id and version = @version and (@type::text is null or type = @type)
            """,
            new { id, version, type = type?.Name }, cancellation);

    /// <summary>Newest first, a <see cref="Portion{T}"/> where there is no room for all.</summary>
    /// <param name="before">Only versions below this one; null for the first page.</param>
    public async Task<IReadOnlyList<Entity>> ListVersionsAsync(
        Guid id, int? before, int take, CancellationToken cancellation) =>
        Entity.PortionOf(await database.ListAsync<Entity>(
            Entity.Page(
                $"""
                select {Entity.Columns} from core.entity_history
                where id = @id and (@before::integer is null or version < @before)
                order by version desc
                limit @take
                """,
                "version desc"),
            new { id, before, take, room = Portion.BytesMax }, cancellation));

    /// <summary>Newest first, a <see cref="Portion{T}"/> where there is no room for all.</summary>
    /// <param name="after">Those behind this id; null for the first page.</param>
    public async Task<IReadOnlyList<Entity>> ListAsync(
        EntityFilter filter, Guid? after, int take, CancellationToken cancellation) =>
        Entity.PortionOf(await database.ListAsync<Entity>(
            Entity.Page($"""
            select {(filter.AsOf is null ? Entity.PresentColumns : Entity.Columns)}
            from {(filter.AsOf is null ? "core.entity" : "core.entities_at(@AsOf)")} e
            where organization_id = @Organization and (deleted_at is not null) = @Deleted
                {Conditions(filter)}
                and (@after::uuid is null or id < @after)
            order by id desc
            limit @take
            """, "id desc"),
            new
            {
                Organization = scope.Id,
                room = Portion.BytesMax,
                filter.Type,
                filter.Status,
                filter.Visibility,
                filter.OwnerId,
                filter.Tags,
                FirstTag = filter.Tags?[0],
                filter.AnyTags,
                filter.Text,
                filter.Label,
                filter.CreatedFrom,
                filter.CreatedTo,
                filter.ChangedFrom,
                filter.ChangedTo,
                filter.Deleted,
                filter.AsOf,
                after,
                take,
            },
            cancellation));

    /// <exception cref="EntityNotOwnedException">It is private, and nobody who could see it makes it.</exception>
    /// <exception cref="CapReachedException">An organization of anonymous accounts has as many as it may.</exception>
    public async Task<Entity> CreateAsync(EntityType type, EntityDraft draft, CancellationToken cancellation) =>
        await caps.IsUnclaimedAsync(cancellation)
            ? (await WriteAsync([new(type, null, draft)], cancellation)).Written![0]
            : await OwnedAsync(
                async () => (await database.FindAsync<Entity>(Create, NewRow(type, draft), cancellation))!);

    /// <summary>
    /// The next version; the present one when the draft says nothing new. Null when somebody changed it after
    /// <paramref name="known"/> was read.
    /// </summary>
    /// <exception cref="EntityNotOwnedException">Somebody says who sees what is private to another.</exception>
    public async Task<Entity?> TryChangeAsync(Entity known, EntityDraft draft, CancellationToken cancellation) =>
        Shown(await OwnedAsync(
            () => database.FindAsync<Entity>(Change, ChangedRow(known, draft), cancellation)));

    // Whoever comes by a link is told nothing of the people behind it.
    private Entity? Shown(Entity? entity) =>
        scope.Actor.Kind == ActorKind.Share && entity is not null ? entity with { OwnerId = null } : entity;

    /// <summary>
    /// Makes and changes entities, all or none. Returns them in their order; or null, and which of them somebody
    /// changed meanwhile.
    /// </summary>
    /// <exception cref="EntityNotOwnedException">As of <see cref="TryChangeAsync"/>.</exception>
    public async Task<(IReadOnlyList<Entity>? Written, int? Stale)> WriteAsync(
        IReadOnlyList<EntityWrite> writes, CancellationToken cancellation)
    {
        try
        {
            return (await OwnedAsync(() => database.InTransactionAsync(
                async transaction =>
                {
                    await EnsureRoomAsync(transaction, writes.Count(write => write.Known is null), cancellation);
                    var written = new Entity[writes.Count];
                    // Rows are locked in one order, so that two who write the same ones wait for each other.
                    foreach (var (write, index) in writes.Select((write, index) => (write, index))
                        .OrderBy(one => one.write.Known?.Id))
                        written[index] = await WriteAsync(transaction, write, cancellation)
                            ?? throw new StaleException(index);
                    return written;
                },
                cancellation)), null);
        }
        catch (StaleException stale)
        {
            return (null, stale.Index);
        }
    }

    private async Task EnsureRoomAsync(
        DatabaseTransaction transaction, int more, CancellationToken cancellation)
    {
        if (more > 0 && await caps.IsUnclaimedAsync(transaction, cancellation))
            await caps.EnsureRoomAsync(
                transaction, KnownSettings.UnclaimedEntities, "entities", scope.Id!.Value,
                "select count(*) from core.entity where organization_id = @owner and deleted_at is null",
                cancellation, more);
    }

    private Task<Entity?> WriteAsync(
        DatabaseTransaction transaction, EntityWrite write, CancellationToken cancellation) =>
        write.Known is { } known
            ? transaction.FindAsync<Entity>(Change, ChangedRow(known, write.Draft), cancellation)
            : transaction.FindAsync<Entity>(Create, NewRow(write.Type, write.Draft), cancellation);

    private const string Create =
        $"""
        insert into core.entity (id, organization_id, owner_id, type, title, description, status, visibility,
            content, content_schema, tags, metadata, note)
        values (@id, @Organization, @owner, @type, @Title, @Description, @Status, @Visibility, @Content, @Schema,
            @tags, @Metadata, @Note)
        returning {Entity.PresentColumns}
        """;

    private const string Change =
        $"""
        update core.entity
        set title = @Title, description = @Description, status = @Status, visibility = @Visibility,
            content = @Content, content_schema = @Schema, tags = @tags, metadata = @Metadata,
            note = case
                when (title, description, status, visibility, content, tags, metadata) is distinct from
                    (@Title, @Description, @Status, @Visibility, @Content, @tags, @Metadata) then @Note
                else note
            end
        where id = @Id and version = @Version and deleted_at is null
        returning {Entity.PresentColumns}
        """;

    private object NewRow(EntityType type, EntityDraft draft) => new
    {
        id = Guid.CreateVersion7(),
        Organization = scope.Id,
        owner = scope.Actor.UserId,
        type = type.Name,
        type.Schema,
        draft.Title,
        draft.Description,
        draft.Status,
        draft.Visibility,
        draft.Content,
        tags = draft.Tags.ToArray(),
        draft.Metadata,
        draft.Note,
    };

    private static object ChangedRow(Entity known, EntityDraft draft) => new
    {
        known.Id,
        known.Version,
        EntityType.Find(known.Type)!.Schema,
        draft.Title,
        draft.Description,
        draft.Status,
        draft.Visibility,
        draft.Content,
        tags = draft.Tags.ToArray(),
        draft.Metadata,
        draft.Note,
    };

    /// <summary>Whether it is the own of whoever acts.</summary>
    public bool IsOwned(Entity known) => known.OwnerId is { } owner && owner == scope.Actor.UserId;

    /// <summary>
    /// Whether whoever sees an entity may change it, too: what is private, only its owner and whom it is shared with
    /// for that.
    /// </summary>
    public Task<bool> MayChangeAsync(Entity known, CancellationToken cancellation) =>
        MayChangeAsync([known], cancellation);

    /// <summary>The same of all of these.</summary>
    public async Task<bool> MayChangeAsync(IReadOnlyCollection<Entity> known, CancellationToken cancellation)
    {
        var shared = known.Where(entity => entity.Visibility == EntityVisibility.Private && !IsOwned(entity))
            .Select(entity => entity.Id).ToArray();
        return shared.Length == 0 || await database.ValueAsync<bool>(
            "select bool_and(core.may_change_entity(id)) from unnest(@shared) id", new { shared }, cancellation);
    }

    /// <summary>Brings back what was deleted. Null when somebody changed it after it was read.</summary>
    public Task<Entity?> TryUndeleteAsync(Entity known, CancellationToken cancellation) =>
        database.FindAsync<Entity>(
            $"""
            update core.entity set deleted_at = null, note = null
            where id = @Id and version = @Version
            returning {Entity.PresentColumns}
            """,
            new { known.Id, known.Version }, cancellation);

    // The conditions that were asked for, and no others, so that the plan is theirs.
    private static string Conditions(EntityFilter filter) => string.Concat(
        from condition in new (bool Asked, string Sql)[]
        {
            (filter.Type is not null, "type = @Type"),
            (filter.Status is not null, "status = @Status"),
            (filter.Visibility is not null, "visibility = @Visibility"),
            (filter.OwnerId is not null, "owner_id = @OwnerId"),
            (filter.Tags is not null, "tags @> @Tags"),
            (filter.AnyTags is not null, "tags && @AnyTags"),
            // The same once more, by an index; it has present tags alone.
            (filter is { Tags: not null, AsOf: null }, $"id in ({Tagged} and tag = @FirstTag)"),
            (filter is { AnyTags: not null, AsOf: null }, $"id in ({Tagged} and tag = any (@AnyTags))"),
            (filter.Text is not null, "strpos(lower(title), lower(@Text)) > 0"),
            (filter.Label is not null,
                "exists (select from core.entity_label l where l.entity_id = e.id and l.name = @Label)"),
            (filter.CreatedFrom is not null, "created_at >= @CreatedFrom"),
            (filter.CreatedTo is not null, "created_at < @CreatedTo"),
            (filter.ChangedFrom is not null, "valid_from >= @ChangedFrom"),
            (filter.ChangedTo is not null, "valid_from < @ChangedTo"),
            (filter.Favorite, "id in (select core.favorites())"),
        }
        where condition.Asked
        select $" and {condition.Sql}");

    private const string Tagged =
        """
        select entity_id from core.entity_tag
        where organization_id = @Organization and (@after::uuid is null or entity_id < @after)
        """;

    // The database refuses rows that whoever writes them would not see, and others to say who sees what is private.
    private static async Task<T> OwnedAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new EntityNotOwnedException(exception);
        }
    }

    // Undoes what came before it.
    private sealed class StaleException(int index) : Exception
    {
        public int Index => index;
    }
}

/// <summary>An entity to make, or one that is known to change.</summary>
public sealed record EntityWrite(EntityType Type, Entity? Known, EntityDraft Draft);

/// <summary>Only its owner, a person, makes an entity private, and says who sees it then.</summary>
public sealed class EntityNotOwnedException(Exception inner)
    : Exception("Only the person who owns an entity makes it private, or says who sees what is.", inner);
