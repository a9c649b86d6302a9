namespace Assay;

/// <summary>Secrets under one key-encryption key.</summary>
public sealed record KeyUse(string KeyId, long Secrets);

/// <summary>What a rotation did. It is complete when nothing is left under other keys than the current one.</summary>
/// <param name="Rewrapped">Rows that this run moved to the current key.</param>
/// <param name="Unreadable">Rows that could not be moved, as <c>table id</c>: they were tampered with.</param>
/// <param name="Uses">What is under which key now.</param>
public sealed record RotationOutcome(long Rewrapped, IReadOnlyList<string> Unreadable, IReadOnlyList<KeyUse> Uses)
{
    public bool IsComplete(string currentKeyId) => Uses.All(use => use.KeyId == currentKeyId);
}

/// <summary>
/// Moves all secrets to the current key while the app goes on: in batches, each one statement, so that it can be
/// stopped at any time and run again. Nothing is locked: a row that somebody else changed meanwhile keeps what they
/// wrote. Secrets are not decrypted, only the data keys in front of them.
/// </summary>
/// <param name="batch">Rows at a time.</param>
public sealed class SecretRotation(JobDatabase database, SecretBox secrets, int batch = 100)
{
    // A vault answers each key by itself.
    private const int ParallelMax = 8;

    /// <param name="report">Told after each batch: the table, and how many of its rows were moved.</param>
    /// <exception cref="SecretsUnavailableException">A key is not configured, or the vault is away.</exception>
    public async Task<RotationOutcome> RunAsync(Action<string, long> report, CancellationToken cancellation)
    {
        var tables = await TablesAsync(cancellation);
        var (total, unreadable) = (0L, new List<string>());
        foreach (var table in tables)
        {
            // Again until nothing moves: what was added or changed behind the cursor may be under an old key still.
            for (var moved = -1L; moved != 0; total += moved)
            {
                unreadable.RemoveAll(row => row.StartsWith($"{table} ", StringComparison.Ordinal));
                moved = await PassAsync(table, unreadable, report, cancellation);
            }
        }
        return new(total, unreadable, await UsesAsync(cancellation));
    }

    /// <summary>What is under which key, of all tables.</summary>
    public async Task<IReadOnlyList<KeyUse>> UsesAsync(CancellationToken cancellation)
    {
        var tables = await TablesAsync(cancellation);
        var rows = string.Join(" union all ", tables.Select(table => $"select encryption_key_id from {table}"));
        return tables.Count == 0
            ? []
            : await database.ListAsync<KeyUse>(
                $"""
                select encryption_key_id as key_id, count(*) as secrets
                from ({rows}) as row
                where encryption_key_id is not null
                group by 1
                order by 1
                """,
                null, cancellation);
    }

    // Names come quoted from the catalog, where they were made by migrations.
    private Task<IReadOnlyList<string>> TablesAsync(CancellationToken cancellation) =>
        database.ListAsync<string>(
            """
            select c.oid::regclass::text
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart')
            where c.relkind in ('r', 'p') and not c.relispartition
                and exists (select from pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'encryption_key_id' and not a.attisdropped)
            order by 1
            """,
            null, cancellation);

    private async Task<long> PassAsync(
        string table, List<string> unreadable, Action<string, long> report, CancellationToken cancellation)
    {
        var moved = 0L;
        for (var after = Guid.Empty; ;)
        {
            var rows = await database.ListAsync<Row>(
                $"""
                select id, ciphertext, encryption_key_id from {table}
                where id > @after and encryption_key_id <> @CurrentKeyId
                order by id limit @batch
                """,
                new { after, secrets.CurrentKeyId, batch }, cancellation);
            if (rows.Count == 0)
                return moved;
            moved += await MoveAsync(table, rows, unreadable, cancellation);
            report(table, moved);
            after = rows[^1].Id;
        }
    }

    private async Task<int> MoveAsync(
        string table, IReadOnlyList<Row> rows, List<string> unreadable, CancellationToken cancellation)
    {
        var fresh = new byte[]?[rows.Count];
        await Parallel.ForAsync(
            0, rows.Count,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelMax, CancellationToken = cancellation },
            async (n, stop) => fresh[n] = await RewrapAsync(rows[n], stop));

        unreadable.AddRange(rows.Where((_, n) => fresh[n] is null).Select(row => $"{table} {row.Id}"));
        var done = Enumerable.Range(0, rows.Count).Where(n => fresh[n] is not null).ToArray();
        return await database.ExecuteAsync(
            $"""
            update {table} t
            set ciphertext = r.fresh, encryption_key_id = @CurrentKeyId
            from unnest(@ids, @known, @fresh) as r (id, known, fresh)
            where t.id = r.id and t.ciphertext = r.known
            """,
            new
            {
                secrets.CurrentKeyId,
                ids = done.Select(n => rows[n].Id).ToArray(),
                known = done.Select(n => rows[n].Ciphertext).ToArray(),
                fresh = done.Select(n => fresh[n]!).ToArray(),
            },
            cancellation);
    }

    // One row that cannot be read must not keep the others from a new key.
    private async Task<byte[]?> RewrapAsync(Row row, CancellationToken cancellation)
    {
        try
        {
            return (await secrets.RewrapAsync(new(row.Ciphertext, row.EncryptionKeyId), cancellation)).Ciphertext;
        }
        catch (SecretUnreadableException)
        {
            return null;
        }
    }

    private sealed record Row(Guid Id, byte[] Ciphertext, string EncryptionKeyId);
}
