namespace Assay.Local;

/// <summary>A version of a blob that a function is to handle.</summary>
internal sealed record FoundBlob(string Function, string Name, string Version, DateTimeOffset ModifiedAt);

/// <summary>A blob that this process is to handle now.</summary>
/// <param name="Version">The version that was found.</param>
/// <param name="HandledVersion">The last one that was handled, if any.</param>
/// <param name="Attempts">This one included.</param>
internal sealed record ClaimedBlob(
    long Id, Guid Lease, string Function, string Name, string Version, string? HandledVersion, int Attempts);

/// <summary>A blob that no try could handle.</summary>
internal sealed record PoisonBlob(
    long Id, string Function, string Container, string Name, string Version, int Attempts, string? Error,
    DateTime UpdatedAt);

/// <summary>
/// What is known of each blob for each function, in the table <c>durable.blob_receipt</c>: a queue from which processes
/// claim under a lease by the database's clock. Versions are ETags.
/// </summary>
internal sealed class BlobReceipts(TriggerDatabase database, HostSettings settings)
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Remembers blobs to handle. Versions that are known already, or older than what is known, change nothing; a newer
    /// version of a blob that is being handled waits for that to end.
    /// </summary>
    public Task<int> AddAsync(string container, IReadOnlyList<FoundBlob> found, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            insert into durable.blob_receipt as known (hub, function_name, container, blob_name, etag, modified_at)
            select $1, function_name, $2, blob_name, etag, modified_at
            from unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[])
                as found (function_name, blob_name, etag, modified_at)
            order by function_name, blob_name
            on conflict (hub, function_name, container, blob_name) do update
            set etag = excluded.etag, modified_at = excluded.modified_at, attempts = 0, error = null,
                status = case known.status when 'running' then 'running' else 'waiting' end,
                available_at = case known.status when 'running' then known.available_at else clock_timestamp() end,
                updated_at = clock_timestamp()
            where known.etag <> excluded.etag
              and known.handled_etag is distinct from excluded.etag
              and known.modified_at <= excluded.modified_at
            """,
            [
                settings.HubName,
                container,
                found.Select(blob => blob.Function).ToArray(),
                found.Select(blob => blob.Name).ToArray(),
                found.Select(blob => blob.Version).ToArray(),
                found.Select(blob => blob.ModifiedAt.UtcDateTime).ToArray(),
            ],
            cancellation);

    /// <summary>Takes blobs that wait, and those whose process has died.</summary>
    public Task<List<ClaimedBlob>> ClaimAsync(string[] functions, int most, CancellationToken cancellation)
    {
        var lease = Guid.NewGuid();
        return database.ListAsync(
            """
            update durable.blob_receipt
            set status = 'running', attempts = attempts + 1, lease = $4, available_at = clock_timestamp() + $5
            where id in (
                select id
                from durable.blob_receipt
                where hub = $1 and function_name = any($2)
                  and status in ('waiting', 'running') and available_at <= clock_timestamp()
                order by available_at
                limit $3
                for update skip locked)
            returning id, function_name, blob_name, etag, handled_etag, attempts
            """,
            [settings.HubName, functions, most, lease, Lease],
            row => new ClaimedBlob(
                row.GetInt64(0),
                lease,
                row.GetString(1),
                row.GetString(2),
                row.GetString(3),
                row.IsDBNull(4) ? null : row.GetString(4),
                row.GetInt32(5)),
            cancellation);
    }

    /// <summary>False if the lease was lost.</summary>
    public Task<bool> RenewAsync(ClaimedBlob blob, CancellationToken cancellation) => database.ChangedAsync(
        """
        update durable.blob_receipt
        set available_at = clock_timestamp() + $3
        where id = $1 and lease = $2
        """,
        [blob.Id, blob.Lease, Lease],
        cancellation);

    /// <summary>A version has been handled. If a newer one has been found meanwhile, the blob waits again.</summary>
    /// <param name="version">The version that the function saw, which may be newer than the one claimed.</param>
    public Task<bool> CompleteAsync(ClaimedBlob blob, string version, CancellationToken cancellation) =>
        database.ChangedAsync(
            """
            update durable.blob_receipt
            set handled_etag = $4,
                etag = case etag when $3 then $4 else etag end,
                status = case when etag in ($3, $4) then 'handled' else 'waiting' end,
                error = null, lease = null, available_at = clock_timestamp(), updated_at = clock_timestamp()
            where id = $1 and lease = $2
            """,
            [blob.Id, blob.Lease, blob.Version, version],
            cancellation);

    /// <summary>The blob is gone, and with it what is known of it.</summary>
    public Task<bool> ForgetAsync(ClaimedBlob blob, CancellationToken cancellation) => database.ChangedAsync(
        "delete from durable.blob_receipt where id = $1 and lease = $2", [blob.Id, blob.Lease], cancellation);

    /// <summary>A try failed: the blob waits for the next, or was tried often enough and is poison.</summary>
    public Task<bool> FailAsync(ClaimedBlob blob, string error, TimeSpan pause, CancellationToken cancellation) =>
        database.ChangedAsync(
            """
            update durable.blob_receipt
            set status = case when attempts >= $4 then 'poison' else 'waiting' end,
                error = $3, lease = null, available_at = clock_timestamp() + $5, updated_at = clock_timestamp()
            where id = $1 and lease = $2
            """,
            [blob.Id, blob.Lease, error, settings.BlobTriesMax, pause],
            cancellation);

    /// <summary>Gives a blob back as if it had not been tried.</summary>
    public Task<bool> ReleaseAsync(ClaimedBlob blob, TimeSpan pause, CancellationToken cancellation) =>
        database.ChangedAsync(
            """
            update durable.blob_receipt
            set status = 'waiting', attempts = greatest(attempts - 1, 0), lease = null,
                available_at = clock_timestamp() + $3
            where id = $1 and lease = $2
            """,
            [blob.Id, blob.Lease, pause],
            cancellation);

    public Task<List<PoisonBlob>> ListPoisonAsync(int most, CancellationToken cancellation) => database.ListAsync(
        """
        select id, function_name, container, blob_name, etag, attempts, error, updated_at
        from durable.blob_receipt
        where hub = $1 and status = 'poison'
        order by id
        limit $2
        """,
        [settings.HubName, most],
        row => new PoisonBlob(
            row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt32(5),
            row.IsDBNull(6) ? null : row.GetString(6), row.GetFieldValue<DateTime>(7)),
        cancellation);

    /// <summary>Lets a poison blob be tried again, as often as a new one. False if it is none.</summary>
    public Task<bool> RetryPoisonAsync(long id, CancellationToken cancellation) => database.ChangedAsync(
        """
        update durable.blob_receipt
        set status = 'waiting', attempts = 0, available_at = clock_timestamp(), updated_at = clock_timestamp()
        where hub = $1 and id = $2 and status = 'poison'
        """,
        [settings.HubName, id],
        cancellation);
}
