namespace Assay;

/// <summary>The organization's webhooks, and their messages.</summary>
public sealed class WebhookStore(Database database, OrganizationScope scope, SecretBox box, Caps caps)
{
    private const string Columns =
        "id, url, description, event_types, status, disabled_reason, failures, created_at, updated_at";

    private const string MessageColumns =
        """
        id, event_type, ops.webhook_payload(id) as payload, status, attempts, status_code, error, created_at,
        finished_at
        """;

    /// <summary>Newest first.</summary>
    /// <param name="status">Only those of this status; null takes all.</param>
    public Task<IReadOnlyList<Webhook>> ListAsync(
        string? status, Guid? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<Webhook>(
            $"""
            select {Columns} from ops.webhook
            where organization_id = @Organization and (@status::text is null or status = @status)
                and (@after::uuid is null or id < @after)
            order by id desc
            limit @limit
            """,
            new { Organization = scope.Id, status, after, limit }, cancellation);

    public Task<Webhook?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Webhook>($"select {Columns} from ops.webhook where id = @id", new { id }, cancellation);

    /// <summary>Returns the secret that messages are signed with, too, which is not shown again.</summary>
    /// <exception cref="SecretsUnavailableException">Secrets cannot be kept here, or not now.</exception>
    /// <exception cref="CapReachedException">The organization has as many as it may have.</exception>
    public async Task<(Webhook Webhook, string Secret)> CreateAsync(
        WebhookSettings wanted, CancellationToken cancellation)
    {
        var (id, secrets) = (Guid.CreateVersion7(), WebhookSecrets.New());
        var secret = await box.SealAsync(secrets.ToJson(), PlaceOf(id), cancellation);
        var created = await database.InTransactionAsync(
            async transaction =>
            {
                await caps.EnsureRoomAsync(
                    transaction, KnownSettings.Webhooks, "webhooks", scope.Id!.Value,
                    "select count(*) from ops.webhook where organization_id = @owner", cancellation);
                return await AddAsync(transaction, id, wanted, secret, cancellation);
            },
            cancellation);
        return (created, secrets.Current);
    }

    private async Task<Webhook> AddAsync(
        DatabaseTransaction transaction, Guid id, WebhookSettings wanted, SealedSecret secret,
        CancellationToken cancellation) =>
        (await transaction.FindAsync<Webhook>(
            $"""
            insert into ops.webhook (id, organization_id, url, description, event_types, status, ciphertext,
                encryption_key_id)
            values (@id, @Organization, @Url, @Description, @types, @Status, @Ciphertext, @EncryptionKeyId)
            returning {Columns}
            """,
            new
            {
                id,
                Organization = scope.Id,
                wanted.Url,
                wanted.Description,
                types = wanted.EventTypes.ToArray(),
                wanted.Status,
                secret.Ciphertext,
                secret.EncryptionKeyId,
            },
            cancellation))!;

    /// <summary>
    /// It is sent to at once, however it failed before. Null when somebody changed it after <paramref name="known"/>
    /// was read.
    /// </summary>
    public Task<Webhook?> TryChangeAsync(Webhook known, WebhookSettings wanted, CancellationToken cancellation) =>
        database.FindAsync<Webhook>(
            $"""
            update ops.webhook
            set url = @Url, description = @Description, event_types = @types, status = @Status,
                disabled_reason = case when @Status = 'disabled' then disabled_reason end,
                failures = case when @Status = status then failures else 0 end, failed_attempts = 0,
                failing_since = null, resume_at = null, updated_at = clock_timestamp()
            where id = @Id and updated_at = @UpdatedAt
            returning {Columns}
            """,
            new
            {
                known.Id,
                known.UpdatedAt,
                wanted.Url,
                wanted.Description,
                types = wanted.EventTypes.ToArray(),
                wanted.Status,
            },
            cancellation);

    /// <summary>Messages that are under way come to nothing. False when somebody changed it meanwhile.</summary>
    public Task<bool> TryDeleteAsync(Webhook known, CancellationToken cancellation) =>
        database.ChangedAsync(
            "delete from ops.webhook where id = @Id and updated_at = @UpdatedAt", new { known.Id, known.UpdatedAt },
            cancellation);

    /// <summary>
    /// A new secret, beside which the old one signs for another day. Null when there is no such webhook any more, or
    /// somebody rotated it meanwhile.
    /// </summary>
    /// <exception cref="SecretsUnavailableException">Secrets cannot be kept here, or not now.</exception>
    public async Task<string?> RotateSecretAsync(Guid id, DateTimeOffset now, CancellationToken cancellation)
    {
        var stored = await FindSecretAsync(id, cancellation);
        if (stored is null)
            return null;

        var rotated = WebhookSecrets.FromJson(await box.OpenAsync(stored, PlaceOf(id), cancellation)).Rotate(now);
        var secret = await box.SealAsync(rotated.ToJson(), PlaceOf(id), cancellation);
        return await database.ChangedAsync(
            """
            update ops.webhook set ciphertext = @Ciphertext, encryption_key_id = @EncryptionKeyId,
                updated_at = clock_timestamp()
            where id = @id and ciphertext = @known
            """,
            new { id, secret.Ciphertext, secret.EncryptionKeyId, known = stored.Ciphertext }, cancellation)
            ? rotated.Current
            : null;
    }

    /// <summary>Newest first.</summary>
    /// <param name="status">Only those of this status; null takes all.</param>
    public Task<IReadOnlyList<WebhookMessage>> ListMessagesAsync(
        Guid webhookId, string? status, (DateTimeOffset At, Guid Id)? after, int limit,
        CancellationToken cancellation) =>
        database.ListAsync<WebhookMessage>(
            $"""
            select {MessageColumns} from ops.webhook_delivery
            where webhook_id = @webhookId and (@status::text is null or status = @status)
                and (@at::timestamptz is null or (created_at, id) < (@at, @id))
            order by created_at desc, id desc
            limit @limit
            """,
            new { webhookId, status, at = after?.At, id = after?.Id, limit }, cancellation);

    public Task<WebhookMessage?> FindMessageAsync(Guid webhookId, Guid id, CancellationToken cancellation) =>
        database.FindAsync<WebhookMessage>(
            $"select {MessageColumns} from ops.webhook_delivery where id = @id and webhook_id = @webhookId",
            new { id, webhookId }, cancellation);

    /// <summary>A message that only says that messages arrive. Returns its id.</summary>
    public async Task<Guid> AddPingAsync(Guid webhookId, DateTimeOffset now, CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7();
        await database.ExecuteAsync(
            """
            insert into ops.webhook_delivery (id, organization_id, webhook_id, event_type, payload)
            values (@id, @Organization, @webhookId, 'webhook.ping', jsonb_build_object(
                'type', 'webhook.ping', 'timestamp', @now::text, 'data', jsonb_build_object('webhookId', @webhookId)))
            """,
            new { id, Organization = scope.Id, webhookId, now = $"{now:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}" },
            cancellation);
        return id;
    }

    /// <summary>A message anew, under an id of its own. Returns that; null when there is no such message.</summary>
    public async Task<Guid?> RepeatAsync(Guid webhookId, Guid messageId, CancellationToken cancellation) =>
        await database.FindAsync<Guid?>(
            """
            insert into ops.webhook_delivery (id, organization_id, webhook_id, event_type, entity_ids, payload)
            select @id, organization_id, webhook_id, event_type, entity_ids, ops.webhook_payload(id)
            from ops.webhook_delivery
            where id = @messageId and webhook_id = @webhookId
            returning id
            """,
            new { id = Guid.CreateVersion7(), webhookId, messageId }, cancellation);

    internal Task<SealedSecret?> FindSecretAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<SealedSecret>(
            "select ciphertext, encryption_key_id from ops.webhook where id = @id", new { id }, cancellation);

    internal static SecretPlace PlaceOf(Guid id, Guid? organization) =>
        new("ops.webhook.ciphertext", id, organization, null);

    private SecretPlace PlaceOf(Guid id) => PlaceOf(id, scope.Id);
}
