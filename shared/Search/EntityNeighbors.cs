namespace Assay;

/// <summary>Two entities, one of which was asked for.</summary>
public sealed record EntityPair(Guid Id, Guid OtherId);

/// <param name="Similarity">The cosine of both vectors, at most 1.</param>
public sealed record PairSimilarity(Guid Id, Guid OtherId, double Similarity);

/// <summary>
/// What is near to many entities at once, by indexes: the work grows with those asked for, not with those there are.
/// </summary>
public sealed class EntityNeighbors(Database database, EmbeddingModels models)
{
    private const string Wanted =
        """
        jsonb_populate_record(null::core.entity_filter,
            '{"statuses": ["draft", "active"], "visibilities": ["organization", "public"]}')
        """;

    /// <summary>The configured model, whose vectors these are.</summary>
    public string Model => models.Name;

    /// <summary>Those nearest by vector to each that has one, neither private nor archived.</summary>
    public Task<IReadOnlyList<EntityPair>> ListNearestAsync(
        Guid[] ids, int take, CancellationToken cancellation) =>
        database.ListAsync<EntityPair>(
            $"""
            select v.entity_id as id, near.entity_id as other_id
            from core.embedding v
            join core.embedding_model m on m.id = v.embedding_model_id and m.name = @Model
            cross join lateral core.search_entity_embedding(m.id, v.vector, @take + 1, {Wanted}) near
            where v.entity_id = any (@ids) and v.status = 'completed' and near.entity_id <> v.entity_id
            """,
            new { ids, take, Model }, cancellation);

    /// <summary>The likeness of those pairs of which both have a vector.</summary>
    public Task<IReadOnlyList<PairSimilarity>> CompareAsync(
        IReadOnlyCollection<EntityPair> pairs, CancellationToken cancellation) =>
        database.ListAsync<PairSimilarity>(
            """
            select pair.id, pair.other_id, 1 - (one.vector <=> other.vector) as similarity
            from unnest(@ids, @others) pair (id, other_id)
            join core.embedding_model m on m.name = @Model
            join core.embedding one on one.entity_id = pair.id and one.embedding_model_id = m.id
            join core.embedding other on other.entity_id = pair.other_id and other.embedding_model_id = m.id
            where one.status = 'completed' and other.status = 'completed'
            """,
            new
            {
                ids = pairs.Select(pair => pair.Id).ToArray(), others = pairs.Select(pair => pair.OtherId).ToArray(),
                Model,
            },
            cancellation);

    /// <summary>Those in which any of the searches finds something, neither private nor archived.</summary>
    /// <param name="take">Of each search.</param>
    public Task<IReadOnlyList<Guid>> ListFoundAsync(string[] searches, int take, CancellationToken cancellation) =>
        database.ListAsync<Guid>(
            $"""
            select distinct found.entity_id
            from unnest(@searches) asked
            cross join lateral core.search_entity(asked, false, @take, {Wanted}) found
            """,
            new { searches, take }, cancellation);
}
