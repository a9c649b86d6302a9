namespace Assay;

/// <summary>
/// Looks for suggestions about what is neither private nor archived: for entities that changed, got their vector or a
/// relationship since they were last looked at, which triggers note. Safe to repeat, and to be killed.
/// </summary>
public sealed class SuggestionRefresh(
    Database database, OrganizationScope scope, SuggestionSubjects subjects, EntityNeighbors neighbors)
{
    /// <summary>Entities that one search looks at because they changed; the others wait for the next one.</summary>
    public const int DueMax = 2_000;

    private const int DueAtOnce = 25;
    private const int PartnersMax = 75;
    private const int NeighborsMax = 10;
    private const int MentionsMax = 20;
    private const int PairsMax = 500;
    private const int RelationshipsMax = 50_000;

    /// <summary>How many were found, those that were decided on before among them.</summary>
    public async Task<int> RefreshAsync(CancellationToken cancellation)
    {
        var found = new HashSet<(string Kind, Guid Source, Guid Target)>();
        for (var seen = 0; seen < DueMax;)
        {
            var due = await subjects.ListDueAsync(DueAtOnce, cancellation);
            if (due.Count == 0)
                break;
            seen += due.Count;
            found.UnionWith(
                (await RefreshAsync(due, cancellation)).Select(one => (one.Kind, one.SourceId, one.TargetId)));
        }
        return found.Count;
    }

    // What is said of an entity can hang on its partners, and what is said of those on it.
    private async Task<IReadOnlyList<FoundSuggestion>> RefreshAsync(
        IReadOnlyList<DueSubject> due, CancellationToken cancellation)
    {
        var changed = due.Select(one => one.Id).ToArray();
        Guid[] examined = [.. changed.Union(await PartnersAsync(changed, cancellation))];
        var texts = await subjects.ListTextsAsync(examined, cancellation);
        await subjects.NoteAsync(texts, cancellation);

        var pairs = await PairsAsync(examined, cancellation);
        var titles = due.Select(one => TextFingerprint.Words(one.Title)).Select(words => string.Join(' ', words));
        var mentioning = await neighbors.ListFoundAsync(
            [.. titles.Where(words => words.Length > 0).Distinct().Select(Search)], MentionsMax, cancellation);
        Guid[] all = [.. pairs.SelectMany(pair => new[] { pair.Id, pair.OtherId }).Union(examined).Union(mentioning)];

        var finder = new SuggestionFinder(
            await subjects.ListTitlesAsync(texts, all, cancellation), await RelationshipsAsync(all, cancellation),
            neighbors.Model);
        foreach (var some in all.Chunk(SuggestionSubjects.TextsAtOnce))
            foreach (var text in await subjects.ListTextsAsync(some, cancellation))
                finder.Add(text.Id, text.Text);
        var similarities = (await neighbors.CompareAsync(pairs, cancellation))
            .ToDictionary(one => new EntityPair(one.Id, one.OtherId), one => one.Similarity);
        foreach (var pair in pairs)
            finder.Compare(pair.Id, pair.OtherId, similarities.TryGetValue(pair, out var cosine) ? cosine : null);

        var found = finder.Finish();
        await ReplaceAsync(examined, found, due, cancellation);
        return found;
    }

    private async Task<IEnumerable<Guid>> PartnersAsync(Guid[] ids, CancellationToken cancellation) =>
        await database.ListAsync<Guid>(
            """
            select partner from (
                select case when source_id = any (@ids) then target_id else source_id end as partner, status
                from core.suggestion
                where source_id = any (@ids) or target_id = any (@ids)) said
            group by partner
            order by bool_or(status = 'open') desc, partner
            limit @PartnersMax
            """,
            new { ids, PartnersMax }, cancellation);

    // Those that are near by vector, by words, or were alike before.
    private async Task<IReadOnlyCollection<EntityPair>> PairsAsync(Guid[] ids, CancellationToken cancellation)
    {
        var near = await neighbors.ListNearestAsync(ids, NeighborsMax, cancellation);
        var alike = await subjects.ListAlikeAsync(ids, NeighborsMax, cancellation);
        var known = await database.ListAsync<EntityPair>(
            """
            select source_id as id, target_id as other_id from core.suggestion
            where status = 'open' and kind <> 'missing_relation' and (source_id = any (@ids) or target_id = any (@ids))
            order by score desc, id
            limit @PairsMax
            """,
            new { ids, PairsMax }, cancellation);
        return [.. near.Concat(alike).Concat(known).Select(Ordered).Distinct()];
    }

    private static EntityPair Ordered(EntityPair pair) =>
        pair.Id.CompareTo(pair.OtherId) < 0 ? pair : new(pair.OtherId, pair.Id);

    // As words that follow each other, or joined by dots, as in places for variables.
    private static string Search(string words) => $"\"{words}\" or {words.Replace(' ', '.')}";

    private async Task<IEnumerable<(Guid, Guid, string)>> RelationshipsAsync(
        Guid[] ids, CancellationToken cancellation) =>
        (await database.ListAsync<Edge>(
            """
            select source_id, target_id, type from core.relationship
            where source_id = any (@ids) or target_id = any (@ids)
            order by id desc
            limit @RelationshipsMax
            """,
            new { ids, RelationshipsMax }, cancellation))
        .Select(edge => (edge.SourceId, edge.TargetId, edge.Type));

    // What was decided on stays as it is. What was found of others in passing only adds to what is said of them.
    private Task ReplaceAsync(
        Guid[] examined, IReadOnlyList<FoundSuggestion> found, IReadOnlyList<DueSubject> due,
        CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                await transaction.ExecuteAsync(
                    "select pg_advisory_xact_lock(hashtextextended('core.suggestion:' || @Organization, 0))",
                    new { Organization = $"{scope.Id}" }, cancellation);
                await transaction.ExecuteAsync(
                    """
                    with found as (
                        select * from unnest(@ids, @kinds, @sources, @targets, @types, @scores, @reasons)
                            f (id, kind, source_id, target_id, relationship_type, score, reason)
                    ), gone as (
                        delete from core.suggestion s
                        where s.organization_id = @Organization and s.status = 'open'
                            and (s.source_id = any (@examined)
                                or (s.kind <> 'missing_relation' and s.target_id = any (@examined)))
                            and not exists (
                                select from found f
                                where (f.kind, f.source_id, f.target_id) = (s.kind, s.source_id, s.target_id))
                    )
                    insert into core.suggestion (id, organization_id, kind, source_id, target_id, relationship_type,
                        score, reason)
                    select id, @Organization, kind, source_id, target_id, relationship_type, score, reason
                    from found f
                    where not exists (
                        select from core.suggestion s
                        where case f.kind
                            when 'missing_relation' then s.source_id = f.target_id and s.target_id = f.source_id
                                and s.kind = f.kind and s.status = 'open' and s.source_id <> all (@examined)
                            else s.source_id = f.source_id and s.target_id = f.target_id
                                and s.kind <> 'missing_relation' and s.status = 'dismissed' end)
                    on conflict (source_id, target_id, kind) do update
                    set score = excluded.score, reason = excluded.reason
                    where suggestion.status = 'open'
                        and (suggestion.score, suggestion.reason) is distinct from (excluded.score, excluded.reason)
                        and (excluded.source_id = any (@examined) or excluded.score > suggestion.score)
                    """,
                    new
                    {
                        examined,
                        Organization = scope.Id,
                        ids = found.Select(_ => Guid.CreateVersion7()).ToArray(),
                        kinds = found.Select(one => one.Kind).ToArray(),
                        sources = found.Select(one => one.SourceId).ToArray(),
                        targets = found.Select(one => one.TargetId).ToArray(),
                        types = found.Select(one => one.RelationshipType).ToArray(),
                        scores = found.Select(one => one.Score).ToArray(),
                        reasons = found.Select(one => one.Reason).ToArray(),
                    },
                    cancellation);
                await KeepBestAsync(transaction, found, cancellation);
                await subjects.NoteSeenAsync(transaction, due, cancellation);
            },
            cancellation);

    private static Task KeepBestAsync(
        DatabaseTransaction transaction, IReadOnlyList<FoundSuggestion> found, CancellationToken cancellation) =>
        transaction.ExecuteAsync(
            """
            delete from core.suggestion s
            using (
                select id, row_number() over (partition by source_id, kind order by score desc, id) as place
                from core.suggestion
                where source_id = any (@sources) and status = 'open') ranked
            where ranked.id = s.id and ranked.place > @SuggestionsPerEntityMax
            """,
            new
            {
                sources = found.Select(one => one.SourceId).Distinct().ToArray(),
                SuggestionFinder.SuggestionsPerEntityMax,
            },
            cancellation);

    private sealed record Edge(Guid SourceId, Guid TargetId, string Type);
}
