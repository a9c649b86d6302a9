namespace Assay;

/// <summary>What is near to an entity.</summary>
/// <param name="Status">Of the entity's own vector: nothing is near to one that has none yet.</param>
public sealed record SimilarAnswer(string Status, IReadOnlyList<SimilarEntity> Items)
{
    public static SimilarAnswer Example => new(EmbeddingStatus.Completed, [SimilarEntity.Example]);
}

/// <param name="Similarity">The cosine of both vectors, at most 1.</param>
public sealed record SimilarEntity(Guid Id, string Type, string Title, double Similarity)
{
    public static SimilarEntity Example => new(Sample.Id, "prompt", "Answer a refund question", 0.83);
}

/// <summary>Entities that are near to one another by their vectors.</summary>
public sealed class SimilarEntities(Database database, EmbeddingModels models)
{
    /// <summary>The state of an entity's vector of the configured model.</summary>
    public async Task<EntityEmbedding> FindEmbeddingAsync(Entity entity, CancellationToken cancellation) =>
        await database.FindAsync<EntityEmbedding>(
            """
            select m.name as model, v.status, v.error, v.updated_at
            from core.embedding v
            join core.embedding_model m on m.id = v.embedding_model_id
            where v.entity_id = @Id and m.name = @Name
            """,
            new { entity.Id, models.Name }, cancellation)
        ?? new(models.Name, EmbeddingStatus.Pending, null, entity.ValidFrom);

    /// <summary>Nearest first.</summary>
    /// <param name="type">Of this type only; null takes all.</param>
    public Task<IReadOnlyList<SimilarEntity>> ListAsync(
        Guid id, string? type, int take, CancellationToken cancellation) =>
        database.ListAsync<SimilarEntity>(
            """
            select id, type, title, similarity
            from core.search_similar_entities(
                @id, @take, (select id from core.embedding_model where name = @Name), @types::text[])
            """,
            new { id, take, models.Name, types = type is null ? null : new[] { type } }, cancellation);
}
