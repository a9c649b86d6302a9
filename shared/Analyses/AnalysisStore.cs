using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// Analyses. A row holds the prompt from the request on; what was found out arrives at once, when the analysis
/// completes.
/// </summary>
public sealed class AnalysisStore(Database database, OrganizationScope organization, RunStore runs)
{
    /// <summary>Records an analysis and its run, ready to start.</summary>
    public Task AddAsync(NewAnalysis analysis, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                await transaction.ExecuteAsync(
                    """
                    insert into core.analysis_result
                        (id, organization_id, document_id, entity_id, entity_version, rubric_id, name, prompt_content,
                        format_type, language, metadata)
                    values (@Id, @Organization, @DocumentId, @EntityId, @EntityVersion, @RubricId, @Name, @Text,
                        @Format, @Language, @Metadata)
                    """,
                    new
                    {
                        analysis.Id,
                        Organization = organization.Id,
                        analysis.DocumentId,
                        analysis.EntityId,
                        analysis.EntityVersion,
                        analysis.RubricId,
                        analysis.Name,
                        analysis.Text,
                        analysis.Format,
                        analysis.Language,
                        Metadata = analysis.Samples is { } samples ? new JsonObject { ["samples"] = samples } : [],
                    },
                    cancellation);
                var run = new NewRun(analysis.Id, "analyze-prompt", "analysis", analysis.Id, AnalysisNodes.All);
                await runs.CreateAsync(transaction, run, cancellation);
            },
            cancellation);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<Analysis>> ListAsync(
        AnalysisFilter filter, Guid? afterId, int take, CancellationToken cancellation) =>
        database.ListAsync<Analysis>(
            """
            select id, name, document_id, entity_id, entity_version, status, error, detected_language, detected_format,
                overall_score, judge_score, semantic_entropy, complexity_score, length_chars, length_words,
                length_tokens, created_at, completed_at
            from core.analysis_result
            where (@MinScore::float8 is null or overall_score >= @MinScore)
                and (@Language::text is null or detected_language = @Language)
                and (@Status::text is null or status = @Status)
                and (@DocumentId::uuid is null or document_id = @DocumentId)
                and (@EntityId::uuid is null or entity_id = @EntityId)
                and (@CreatedFrom::timestamptz is null or created_at >= @CreatedFrom)
                and (@CreatedTo::timestamptz is null or created_at < @CreatedTo)
                and (@afterId::uuid is null or (created_at, id) <
                    (select created_at, id from core.analysis_result where id = @afterId))
            order by created_at desc, id desc
            limit @take
            """,
            new
            {
                filter.MinScore,
                filter.Language,
                filter.Status,
                filter.DocumentId,
                filter.EntityId,
                filter.CreatedFrom,
                filter.CreatedTo,
                afterId,
                take,
            },
            cancellation);

    public Task<AnalysisDetail?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<AnalysisDetail>(
            """
            select id, name, document_id, entity_id, entity_version, rubric_id, status, error, prompt_content,
                format_type, language, detected_language, detected_format, format_valid, overall_score, judge_score,
                semantic_entropy, complexity_score, length_chars, length_words, length_tokens,
                (select coalesce(jsonb_agg(jsonb_build_object('criterion', criterion.key, 'title', criterion.title,
                        'weight', criterion.weight, 'score', score.score, 'comment', score.comment,
                        'evidence', score.evidence) order by criterion.position, criterion.key), '[]')
                    from core.judge_score score join core.judge_criterion criterion on criterion.id = score.criterion_id
                    where score.analysis_id = analysis.id) as judge_scores,
                findings, contradictions, patches, clarify_questions, metadata, created_at, completed_at,
                (extract(epoch from updated_at) * 1000000)::bigint::text as version
            from core.analysis_result analysis
            where id = @id
            """,
            new { id }, cancellation);

    public Task<AnalysisInput?> FindInputAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<AnalysisInput>(
            """
            select id, status, prompt_content, format_type, language, rubric_id,
                (metadata ->> 'samples')::int as samples, created_at
            from core.analysis_result
            where id = @id
            """,
            new { id }, cancellation);

    /// <summary>False when the analysis has ended: then nothing is written.</summary>
    internal async Task<bool> TryCompleteAsync(
        DatabaseTransaction transaction, Guid id, AnalysisOutcome outcome, AggregateDetails aggregate,
        DateTimeOffset now, CancellationToken cancellation)
    {
        var changed = await transaction.ChangedAsync(
            """
            update core.analysis_result
            set status = 'completed', detected_language = @Language, detected_format = @Format, format_valid = @IsValid,
                overall_score = @Overall, judge_score = @Judge, semantic_entropy = @Entropy,
                complexity_score = @Complexity,
                length_chars = @Characters, length_words = @Words, length_tokens = @Tokens, findings = @Findings,
                contradictions = @Contradictions, patches = @Patches, clarify_questions = @Questions,
                metadata = metadata || @Metadata, completed_at = @now, updated_at = @now
            where id = @id and status = 'pending'
            """,
            new
            {
                id,
                now,
                Language = outcome.Language.Code,
                outcome.Format.Format,
                outcome.Format.IsValid,
                Overall = aggregate.OverallScore,
                Judge = outcome.Judgement.Score,
                Entropy = outcome.Entropy.Result?.Entropy,
                outcome.Metrics.Complexity,
                outcome.Metrics.Characters,
                outcome.Metrics.Words,
                outcome.Metrics.Tokens,
                Findings = AnalysisJson.Array(outcome.Findings),
                Contradictions = AnalysisJson.Array(outcome.Contradictions),
                Patches = AnalysisJson.Array(aggregate.Patches),
                Questions = AnalysisJson.Array(aggregate.Questions),
                Metadata = MetadataOf(outcome),
            },
            cancellation);
        if (changed)
            await AddScoresAsync(transaction, id, outcome.Judgement.Scores, cancellation);
        return changed;
    }

    /// <summary>False when the analysis has ended.</summary>
    internal Task<bool> TryFailAsync(
        DatabaseTransaction transaction, Guid id, string reason, CancellationToken cancellation) =>
        transaction.ChangedAsync(
            """
            update core.analysis_result
            set status = 'failed', error = @reason, updated_at = now()
            where id = @id and status = 'pending'
            """,
            new { id, reason }, cancellation);

    private Task AddScoresAsync(
        DatabaseTransaction transaction, Guid id, IReadOnlyList<CriterionScore> scores,
        CancellationToken cancellation) =>
        transaction.ExecuteAsync(
            """
            insert into core.judge_score (organization_id, analysis_id, criterion_id, score, comment, evidence)
            select @Organization, @id, criterion, score, comment, evidence::jsonb
            from unnest(@Criteria, @Scores, @Comments, @Evidence) as given (criterion, score, comment, evidence)
            """,
            new
            {
                id,
                Organization = organization.Id,
                Criteria = scores.Select(score => score.CriterionId).ToArray(),
                Scores = scores.Select(score => score.Score).ToArray(),
                Comments = scores.Select(score => score.Comment).ToArray(),
                Evidence = scores.Select(score => AnalysisJson.Array(score.Evidence).ToJsonString()).ToArray(),
            },
            cancellation);

    private static JsonObject MetadataOf(AnalysisOutcome outcome) => new()
    {
        ["judge"] = outcome.Judgement.Judge,
        ["notJudged"] = AnalysisJson.Array(outcome.Judgement.NotJudged),
        ["notChecked"] = AnalysisJson.Array(outcome.NotChecked),
        ["languageConfidence"] = outcome.Language.Confidence,
        ["formatIssues"] = AnalysisJson.Array(outcome.Format.Issues),
        ["metrics"] = AnalysisJson.Object(outcome.Metrics),
        ["entropy"] = AnalysisJson.Object(outcome.Entropy),
    };
}
