namespace Assay;

/// <summary>An entity that suggestions are looked for.</summary>
public sealed record SuggestionSubject(Guid Id, string Title, string Text);

/// <summary>An entity that waits to be looked at.</summary>
/// <param name="DueAt">Since when; what changes meanwhile waits anew.</param>
public sealed record DueSubject(Guid Id, string Title, DateTimeOffset DueAt);

/// <summary>What of entities is compared, kept so that it is found through indexes.</summary>
public sealed class SuggestionSubjects(Database database, OrganizationScope scope)
{
    /// <summary>Characters of a text that are looked at.</summary>
    public const int TextMax = 20_000;

    internal const int TextsAtOnce = 200;

    private const int TitlesMax = 5_000;

    /// <summary>Those that have waited longest.</summary>
    public Task<IReadOnlyList<DueSubject>> ListDueAsync(int take, CancellationToken cancellation) =>
        database.ListAsync<DueSubject>(
            """
            select e.id, e.title, s.due_at
            from core.suggestion_subject s
            join core.entity e on e.id = s.entity_id
            where s.organization_id = @Organization and s.due_at is not null
            order by s.due_at, s.entity_id
            limit @take
            """,
            new { Organization = scope.Id, take }, cancellation);

    /// <summary>Of those that take part.</summary>
    public Task<IReadOnlyList<SuggestionSubject>> ListTextsAsync(Guid[] ids, CancellationToken cancellation) =>
        database.ListAsync<SuggestionSubject>(
            """
            select id, title, left(coalesce(content ->> 'text', content ->> 'introduction', ''), @TextMax) as text
            from core.entity e
            where id = any (@ids) and core.takes_part(e)
            order by id
            """,
            new { ids, TextMax }, cancellation);

    /// <summary>
    /// The titles of all of them and of what these depend on, and those that some of the texts may mention.
    /// </summary>
    /// <param name="examined">Those whose texts are read for it.</param>
    public async Task<IReadOnlyList<SuggestionTitle>> ListTitlesAsync(
        IReadOnlyList<SuggestionSubject> examined, Guid[] ids, CancellationToken cancellation)
    {
        var beginnings = new HashSet<string>();
        foreach (var subject in examined)
            beginnings.UnionWith([Beginning(subject.Title), .. SuggestionFinder.Beginnings(subject.Text)]);
        return await database.ListAsync<SuggestionTitle>(
            """
            select e.id, e.title from core.entity e
            where core.takes_part(e) and e.id in (
                (select s.entity_id from core.suggestion_subject s
                where s.organization_id = @Organization and s.title_beginning = any (@beginnings)
                limit @TitlesMax)
                union all select unnest(@ids)
                union all select r.target_id from core.relationship r where r.source_id = any (@ids))
            """,
            new { Organization = scope.Id, ids, beginnings = beginnings.ToArray(), TitlesMax }, cancellation);
    }

    /// <summary>Those whose texts have most bands in common with each of these.</summary>
    public Task<IReadOnlyList<EntityPair>> ListAlikeAsync(Guid[] ids, int take, CancellationToken cancellation) =>
        database.ListAsync<EntityPair>(
            """
            select s.entity_id as id, alike.entity_id as other_id
            from core.suggestion_subject s
            cross join lateral core.search_suggestion_subject(s.bands, @take + 1) alike
            where s.entity_id = any (@ids) and s.bands is not null and alike.entity_id <> s.entity_id
            """,
            new { ids, take }, cancellation);

    /// <summary>Lets them be found by others. What is being changed right now is due once more anyway.</summary>
    public Task NoteAsync(IReadOnlyList<SuggestionSubject> subjects, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            with given as (
                select id, beginning, case when words > 1 then (@keys::bigint[])[(n - 1) * @Bands + 1 : n * @Bands] end
                    as bands
                from unnest(@ids, @beginnings, @words) with ordinality g (id, beginning, words, n)
            ), free as (
                select entity_id from core.suggestion_subject
                where entity_id = any (@ids)
                order by entity_id
                for update skip locked
            )
            update core.suggestion_subject s set title_beginning = given.beginning, bands = given.bands
            from given
            join free on free.entity_id = given.id
            where s.entity_id = given.id
                and (s.title_beginning, s.bands) is distinct from (given.beginning, given.bands)
            """,
            Notes([.. subjects.Select(subject => (subject, new TextFingerprint(subject.Text)))]), cancellation);

    /// <summary>They wait no longer, unless they changed since.</summary>
    public Task NoteSeenAsync(
        DatabaseTransaction transaction, IReadOnlyList<DueSubject> seen, CancellationToken cancellation) =>
        transaction.ExecuteAsync(
            """
            with free as (
                select s.entity_id from core.suggestion_subject s
                join unnest(@ids, @times) given (id, due_at) on given.id = s.entity_id and given.due_at = s.due_at
                order by s.entity_id
                for update of s skip locked
            )
            update core.suggestion_subject s set due_at = null from free where s.entity_id = free.entity_id
            """,
            new
            {
                ids = seen.Select(one => one.Id).ToArray(),
                times = seen.Select(one => one.DueAt.UtcDateTime).ToArray(),
            },
            cancellation);

    private object Notes(IReadOnlyList<(SuggestionSubject Subject, TextFingerprint Print)> prints) => new
    {
        ids = prints.Select(one => one.Subject.Id).ToArray(),
        beginnings = prints.Select(one => Beginning(one.Subject.Title)).ToArray(),
        words = prints.Select(one => one.Print.WordCount).ToArray(),
        keys = prints.SelectMany(one => one.Print.BandKeys).Select(key => (long)key ^ Own).ToArray(),
        TextFingerprint.Bands,
    };

    // The index is that of all organizations: keys of others are others.
    private long Own => BitConverter.ToInt64(scope.Id!.Value.ToByteArray(), 8);

    private static string Beginning(string title) =>
        string.Join(' ', TextFingerprint.Words(title).Take(2));
}
