namespace Assay;

/// <summary>
/// Entities' texts that wait for vectors, in all organizations. Triggers make them wait; here they stop to. A result is
/// dropped when its text has changed meanwhile: then another one waits.
/// </summary>
public sealed class WaitingTexts(JobDatabase database)
{
    public Task<IReadOnlyList<Guid>> ListOrganizationsAsync(Guid model, int take, CancellationToken cancellation) =>
        database.ListAsync<Guid>(
            """
            select distinct organization_id from core.embedding
            where embedding_model_id = @model and status = 'pending' and entity_id is not null
            limit @take
            """,
            new { model, take }, cancellation);

    /// <summary>Those that have waited longest.</summary>
    public Task<IReadOnlyList<WaitingText>> ListAsync(
        Guid organization, Guid model, int take, CancellationToken cancellation) =>
        database.ListAsync<WaitingText>(
            """
            select v.id, v.updated_at, e.id as entity_id, e.version, e.title, e.description,
                core.entity_text(e.content) as text, nullif(e.content ->> 'language', 'auto') as declared_language
            from core.embedding v
            join core.entity e on e.organization_id = v.organization_id and e.id = v.entity_id
            where v.organization_id = @organization and v.embedding_model_id = @model and v.status = 'pending'
                and v.entity_id is not null
            order by v.updated_at
            limit @take
            """,
            new { organization, model, take }, cancellation);

    /// <summary>What the words of these texts are searched as.</summary>
    public Task SetLanguagesAsync(
        IReadOnlyList<(WaitingText Text, string Language)> found, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            select core.set_entity_language(entity_id, version, language)
            from unnest(@ids, @versions, @languages) found (entity_id, version, language)
            """,
            new
            {
                ids = found.Select(one => one.Text.EntityId).ToArray(),
                versions = found.Select(one => one.Text.Version).ToArray(),
                languages = found.Select(one => one.Language).ToArray(),
            },
            cancellation);

    public Task CompleteAsync(
        IReadOnlyList<(WaitingText Text, float[] Vector)> embedded, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            update core.embedding v
            set status = 'completed', updated_at = clock_timestamp(), vector = given.vector
            from unnest(@ids, @times, @vectors) given (id, updated_at, vector)
            where v.id = given.id and v.updated_at = given.updated_at and v.status = 'pending'
            """,
            new
            {
                ids = embedded.Select(one => one.Text.Id).ToArray(),
                times = embedded.Select(one => one.Text.UpdatedAt.UtcDateTime).ToArray(),
                vectors = embedded.Select(one => HalfVectors.Of(one.Vector)).ToArray(),
            },
            cancellation);

    /// <param name="reason">For people.</param>
    public Task FailAsync(IReadOnlyList<WaitingText> texts, string reason, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            update core.embedding v
            set status = 'failed', error = @reason, updated_at = clock_timestamp()
            from unnest(@ids, @times) given (id, updated_at)
            where v.id = given.id and v.updated_at = given.updated_at and v.status = 'pending'
            """,
            new
            {
                reason,
                ids = texts.Select(text => text.Id).ToArray(),
                times = texts.Select(text => text.UpdatedAt.UtcDateTime).ToArray(),
            },
            cancellation);
}
