namespace Assay;

/// <summary>What organizations show to all others. Who owns it is their own business.</summary>
public sealed class PublicEntities(Database database)
{
    private static readonly string columns = Entity.PresentColumns.Replace("owner_id", "null::uuid as owner_id");

    /// <summary>Newest first.</summary>
    /// <param name="type">Of this type only; null takes all.</param>
    /// <param name="after">Those behind this id; null for the first page.</param>
    public Task<IReadOnlyList<Entity>> ListAsync(
        string? type, Guid? after, int take, CancellationToken cancellation) =>
        database.ListAsync<Entity>(
            $"select {columns} from core.public_entities(@after, @type, @take)", new { type, after, take },
            cancellation);

    public Task<Entity?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Entity>(
            $"select {columns} from core.find_public_entity(@id)", new { id }, cancellation);
}
