namespace Assay;

/// <summary>What organizations show to all others. Who owns it is their own business.</summary>
public sealed class PublicEntities(Database database)
{
    private static readonly string columns = Entity.PresentColumns.Replace("owner_id", "null::uuid as owner_id");

    /// <summary>Newest first, a <see cref="Portion{T}"/> where there is no room for all.</summary>
    /// <param name="type">Of this type only; null takes all.</param>
    /// <param name="after">Those behind this id; null for the first page.</param>
    public async Task<IReadOnlyList<Entity>> ListAsync(
        string? type, Guid? after, int take, CancellationToken cancellation) =>
        Entity.PortionOf(await database.ListAsync<Entity>(
            Entity.Page($"select {columns} from core.public_entities(@after, @type, @take)", "id desc"),
            new { type, after, take, room = Portion.BytesMax }, cancellation));

    public Task<Entity?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Entity>(
            $"select {columns} from core.find_public_entity(@id)", new { id }, cancellation);
}
