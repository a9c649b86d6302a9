namespace Assay;

/// <summary>Whom entities are shared with. Who may say so is the callers' matter.</summary>
public sealed class ShareStore(Database database, OrganizationScope scope)
{
    /// <summary>What every link's token begins with.</summary>
    public const string Prefix = "asl_";

    /// <summary>Live shares of one entity.</summary>
    public const int SharesMax = 200;

    private const int TokenBytes = 32;

    private const string Columns =
        """
        id, entity_id, grantee, user_id, permission,
        case when revoked_at is not null then 'revoked'
            when expires_at <= now() then 'expired'
            else 'live' end as status,
        created_by, expires_at, created_at
        """;

    /// <summary>Newest first, also those that are no longer live.</summary>
    /// <param name="after">Those behind this id; null for the first page.</param>
    public Task<IReadOnlyList<Share>> ListAsync(
        Guid entityId, Guid? after, int take, CancellationToken cancellation) =>
        database.ListAsync<Share>(
            $"""
            select {Columns} from core.share
            where entity_id = @entityId and (@after::uuid is null or id < @after)
            order by id desc
            limit @take
            """,
            new { entityId, after, take }, cancellation);

    public Task<Share?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Share>($"select {Columns} from core.share where id = @id", new { id }, cancellation);

    /// <summary>
    /// Shares an entity. A member, or all of them, have one share of it: the same once more changes what it permits and
    /// when it ends. The token is a link's, and is not kept. Null when the entity has <see cref="SharesMax"/> already.
    /// </summary>
    public async Task<(Share Share, string? Token)?> CreateAsync(
        Guid entityId, string grantee, Guid? userId, string permission, DateTimeOffset? expiresAt,
        CancellationToken cancellation)
    {
        var token = grantee == ShareGrantee.Link ? Secret.New(Prefix, TokenBytes) : null;
        var share = await database.FindAsync<Share>(
            $"""
            insert into core.share (id, organization_id, entity_id, grantee, user_id, token_hash, permission,
                created_by, expires_at)
            select @id, @Organization, @entityId, @grantee, @userId, @hash, @permission, @CreatedBy, @expiresAt
            where @SharesMax > (
                select count(*) from core.share
                where entity_id = @entityId and revoked_at is null and (expires_at is null or expires_at > now()))
            on conflict (entity_id, grantee, user_id) where revoked_at is null and grantee <> 'link' do update
            set permission = excluded.permission, expires_at = excluded.expires_at, created_by = excluded.created_by
            returning {Columns}
            """,
            new
            {
                id = Guid.CreateVersion7(),
                Organization = scope.Id,
                entityId,
                grantee,
                userId,
                hash = token is null ? null : Secret.Hash(token),
                permission,
                CreatedBy = scope.Actor.UserId,
                expiresAt,
                SharesMax,
            },
            cancellation);
        return share is null ? null : (share, token);
    }

    /// <summary>Ends a share at once. Safe to repeat.</summary>
    public Task RevokeAsync(Guid id, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "update core.share set revoked_at = now() where id = @id and revoked_at is null", new { id }, cancellation);

    /// <summary>
    /// Whoever came without a credential acts as the share that a token is of, from here on. Null for a token that is
    /// unknown, expired or revoked, and when the entity is gone.
    /// </summary>
    public async Task<SharedLink?> EnterAsync(string token, CancellationToken cancellation)
    {
        var link = await database.FindAsync<SharedLink>(
            "select * from core.find_link(@hash)", new { hash = Secret.Hash(token) }, cancellation);
        if (link is not null)
            scope.EnterShare(link.OrganizationId, link.ShareId);
        return link;
    }

    /// <summary>Whether an entity is shared with whoever acts, for at least this much.</summary>
    public Task<bool> IsGrantedAsync(Guid entityId, string permission, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            "select core.is_granted(@entityId, @permission)", new { entityId, permission }, cancellation);
}
