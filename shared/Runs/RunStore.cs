namespace Assay;

/// <summary>What <see cref="RunStore.ListAsync"/> leaves out; null takes all.</summary>
public sealed record RunFilter(string? Kind = null, string? Status = null, Guid? SubjectId = null);

/// <summary>
/// Runs, their nodes and metrics. Every write is safe to repeat, because the activities that write are run at least
/// once: what has ended stays as it first ended.
/// </summary>
public sealed class RunStore(
    Database database, OrganizationScope organization, Settings settings, AdmittedRuns admitted)
{
    /// <inheritdoc cref="AdmittedRuns"/>
    public AdmittedRuns Admitted => admitted;

    /// <summary>
    /// Records a run and its pending nodes in the transaction that records its subject, and admits it if few enough of
    /// its kind are under way. A run that ended may be recorded anew under the same id: it then starts over, without
    /// its old nodes' outcomes and metrics. One that is under way keeps its place.
    /// </summary>
    /// <exception cref="BacklogFullException">Too many wait.</exception>
    public async Task CreateAsync(DatabaseTransaction transaction, NewRun run, CancellationToken cancellation)
    {
        var limits = LimitsOf(await settings.SnapshotAsync(transaction, cancellation));
        var admission = await transaction.FindAsync<Admission>(
            """
            insert into ops.workflow_run (id, organization_id, user_id, kind, subject_type, subject_id, meta)
            values (@Id, @Organization, @UserId, @Kind, @SubjectType, @SubjectId, @Meta)
            on conflict (id) do update
            set status = 'queued', error = null, meta = excluded.meta, started_at = null, finished_at = null,
                updated_at = now(),
                queued_at = case when ops.workflow_run.finished_at is null
                    then ops.workflow_run.queued_at else now() end,
                admitted_at = case when ops.workflow_run.finished_at is null
                    then ops.workflow_run.admitted_at end;
            delete from ops.workflow_metric where run_id = @Id;
            delete from ops.workflow_attempt where run_id = @Id;
            insert into ops.workflow_node (organization_id, run_id, key, position)
            select @Organization, @Id, node.key, node.position
            from unnest(@NodeKeys) with ordinality as node (key, position)
            on conflict (run_id, key) do update
            set status = 'pending', score = null, attempts = 0, details = '{}', started_at = null, finished_at = null,
                updated_at = now();
            select array(
                    select id from ops.workflow_run where id = @Id and admitted_at is not null
                    union select ops.admit_runs(@Kind, @InFlight)) as ids,
                ops.count_waiting_runs(@Waiting + 1) as waiting
            """,
            new
            {
                run.Id,
                Organization = organization.Id,
                organization.Actor.UserId,
                run.Kind,
                run.SubjectType,
                run.SubjectId,
                NodeKeys = run.NodeKeys.ToArray(),
                Meta = run.Meta ?? [],
                limits.InFlight,
                limits.Waiting,
            },
            cancellation);
        if (admission!.Waiting > limits.Waiting)
            throw new BacklogFullException(limits.Waiting);
        Add(run.Kind, admission.Ids);
    }

    /// <summary>Admits runs of a kind that wait though there is room: a process died before it could.</summary>
    public async Task AdmitAsync(string kind, CancellationToken cancellation)
    {
        var limits = LimitsOf(await settings.SnapshotAsync(cancellation));
        Add(kind, await database.ListAsync<Guid>(
            "select ops.admit_runs(@kind, @InFlight)", new { kind, limits.InFlight }, cancellation));
    }

    /// <summary>False when the run has ended.</summary>
    public Task<bool> TryStartAsync(Guid id, CancellationToken cancellation) =>
        database.ChangedAsync(
            """
            update ops.workflow_run
            set status = 'running', started_at = coalesce(started_at, now()), updated_at = now()
            where id = @id and status in ('queued', 'running')
            """,
            new { id }, cancellation);

    /// <summary>
    /// Does a node's work as one more attempt. What the work throws is recorded as the attempt's failure and goes on to
    /// the orchestration, which decides whether there is another.
    /// </summary>
    public async Task<T> AttemptAsync<T>(
        Guid runId, string key, Func<Task<T>> work, CancellationToken cancellation)
    {
        await NodeStartedAsync(runId, key, cancellation);
        try
        {
            return await work();
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // What other exceptions say is for the log: it may name hosts and statements.
            await TryRecordFailureAsync(runId, key, (failure as RateLimitedException)?.Message, cancellation);
            throw;
        }
    }

    /// <inheritdoc cref="AttemptAsync{T}"/>
    public Task AttemptAsync(Guid runId, string key, Func<Task> work, CancellationToken cancellation) => AttemptAsync(
        runId, key,
        async () =>
        {
            await work();
            return true;
        },
        cancellation);

    /// <summary>Begins one more attempt, unless the node or its run has ended.</summary>
    public Task NodeStartedAsync(Guid runId, string key, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            with begun as (
                update ops.workflow_node node
                set status = 'running', started_at = coalesce(node.started_at, now()), attempts = node.attempts + 1,
                    updated_at = now()
                from ops.workflow_run run
                where node.run_id = @runId and node.key = @key and node.status in ('pending', 'running')
                    and run.id = node.run_id and run.status in ('queued', 'running')
                returning node.organization_id, node.attempts
            )
            insert into ops.workflow_attempt (organization_id, run_id, node_key, number)
            select organization_id, @runId, @key, attempts from begun
            """,
            new { runId, key }, cancellation);

    public Task NodeFinishedAsync(Guid runId, string key, NodeOutcome outcome, CancellationToken cancellation) =>
        database.ExecuteAsync(NodeFinished, NodeParameters(runId, key, outcome), cancellation);

    /// <summary>For a node whose outcome commits together with what it produced.</summary>
    public Task NodeFinishedAsync(
        DatabaseTransaction transaction, Guid runId, string key, NodeOutcome outcome, CancellationToken cancellation) =>
        transaction.ExecuteAsync(NodeFinished, NodeParameters(runId, key, outcome), cancellation);

    /// <summary>Adds metrics, or replaces those of the same name that a repeated node added before.</summary>
    /// <param name="nodeKey">Null for those of the whole run.</param>
    public Task AddMetricsAsync(
        Guid runId, string? nodeKey, IReadOnlyList<RunMetric> metrics, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            insert into ops.workflow_metric
                (organization_id, run_id, node_key, name, value_num, value_text, value_json)
            select @Organization, @RunId, @NodeKey, name, number, text, json::jsonb
            from unnest(@Names, @Numbers, @Texts, @Jsons) as metric (name, number, text, json)
            where exists (select from ops.workflow_run where id = @RunId and status in ('queued', 'running'))
            on conflict (run_id, node_key, name) do update
            set value_num = excluded.value_num, value_text = excluded.value_text, value_json = excluded.value_json,
                updated_at = now()
            """,
            new
            {
                Organization = organization.Id,
                RunId = runId,
                NodeKey = nodeKey,
                Names = metrics.Select(m => m.Name).ToArray(),
                Numbers = metrics.Select(m => m.Number).ToArray(),
                Texts = metrics.Select(m => m.Text).ToArray(),
                Jsons = metrics.Select(m => m.Json?.ToJsonString()).ToArray(),
            },
            cancellation);

    /// <summary>
    /// Ends a live run, and admits another in its place. Nodes that never ran stay pending; those cut short become
    /// errors.
    /// </summary>
    public async Task<bool> TryFinishAsync(
        Guid id, string status, string? error, CancellationToken cancellation)
    {
        var limits = LimitsOf(await settings.SnapshotAsync(cancellation));
        return Admits(await database.FindAsync<Ended>(
            Finished, new { id, status, error, limits.InFlight }, cancellation));
    }

    /// <summary>For a run that ends in the transaction that stores its result.</summary>
    public async Task<bool> TryFinishAsync(
        DatabaseTransaction transaction, Guid id, string status, string? error, CancellationToken cancellation)
    {
        var limits = LimitsOf(await settings.SnapshotAsync(transaction, cancellation));
        return Admits(await transaction.FindAsync<Ended>(
            Finished, new { id, status, error, limits.InFlight }, cancellation));
    }

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<Run>> ListAsync(
        RunFilter filter, Guid? afterId, int take, CancellationToken cancellation) =>
        database.ListAsync<Run>(
            $"""
            select {RunColumns}
            from ops.workflow_run run
            where (@Kind::text is null or kind = @Kind)
                and (@Status::text is null or status = @Status)
                and (@SubjectId::uuid is null or subject_id = @SubjectId)
                and (@afterId::uuid is null or (created_at, id) <
                    (select created_at, id from ops.workflow_run where id = @afterId))
            order by created_at desc, id desc
            limit @take
            """,
            new { filter.Kind, filter.Status, filter.SubjectId, afterId, take }, cancellation);

    public Task<RunDetail?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<RunDetail>(
            $"""
            select {RunColumns},
                (select coalesce(jsonb_agg(jsonb_build_object('key', key, 'status', status, 'score', score,
                        'attempts', attempts, 'retries', greatest(attempts - 1, 0), 'waits', {Waits},
                        'startedAt', started_at, 'finishedAt', finished_at, 'details', details)
                        order by position), '[]')
                    from ops.workflow_node node where run_id = run.id) as nodes,
                (select coalesce(jsonb_agg(jsonb_build_object('node', node_key, 'name', name, 'number', value_num,
                        'text', value_text, 'json', value_json) order by node_key, name), '[]')
                    from ops.workflow_metric where run_id = run.id) as metrics,
                ops.count_runs_before(id) as waiting_behind
            from ops.workflow_run run
            where id = @id
            """,
            new { id }, cancellation);

    /// <summary>Changes with everything that <see cref="FindAsync"/> answers; null when there is no such run.</summary>
    public Task<RunVersion?> FindVersionAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<RunVersion>(
            """
            select (extract(epoch from greatest(updated_at,
                    (select max(node.updated_at) from ops.workflow_node node where node.run_id = run.id)))
                    * 1000000)::bigint::text as version,
                finished_at is not null as has_ended
            from ops.workflow_run run
            where id = @id
            """,
            new { id }, cancellation);

    /// <summary>The failure matters more than its record, which cannot be made while the database is away.</summary>
    private async Task TryRecordFailureAsync(
        Guid runId, string key, string? reason, CancellationToken cancellation)
    {
        try
        {
            await database.ExecuteAsync(
                """
                with node as (
                    update ops.workflow_node set updated_at = now()
                    where run_id = @runId and key = @key and status = 'running'
                    returning attempts
                )
                update ops.workflow_attempt
                set failed_at = now(), reason = @reason
                from node
                where run_id = @runId and node_key = @key and number = node.attempts
                """,
                new { runId, key, reason }, cancellation);
        }
        catch (DatabaseUnavailableException)
        {
            // The next attempt shows that this one came to nothing.
        }
    }

    // From the failure of one attempt to the start of the next; the last wait of a node that still waits is open.
    private const string Waits =
        """
        (select coalesce(jsonb_agg(jsonb_build_object(
                'beforeAttempt', wait.number + 1, 'since', wait.failed_at, 'until', wait.until,
                'reason', wait.reason)
                order by wait.number), '[]')
            from (
                select number, failed_at, reason, lead(started_at) over (order by number) as until
                from ops.workflow_attempt attempt
                where attempt.run_id = node.run_id and attempt.node_key = node.key) wait
            where wait.until is not null or (wait.failed_at is not null and node.finished_at is null))
        """;

    private const string NodeFinished =
        """
        update ops.workflow_node
        set status = @Status, score = @Score, details = @Details, started_at = coalesce(started_at, now()),
            finished_at = now(), updated_at = now()
        where run_id = @RunId and key = @Key and status in ('pending', 'running')
            and exists (select from ops.workflow_run where id = @RunId and status in ('queued', 'running'))
        """;

    private const string Finished =
        """
        with cut_short as (
            update ops.workflow_node node
            set status = 'error', details = jsonb_build_object('reason', coalesce(@error, 'The run ended first.')),
                finished_at = now(), updated_at = now()
            from ops.workflow_run run
            where run.id = @id and run.status in ('queued', 'running')
                and node.run_id = run.id and node.status = 'running'
        ), ended as (
            update ops.workflow_run
            set status = @status, error = @error, started_at = coalesce(started_at, now()), finished_at = now(),
                updated_at = now()
            where id = @id and status in ('queued', 'running')
            returning kind
        )
        select kind, array(select ops.admit_runs(ended.kind, @InFlight)) as ids from ended
        """;

    private const string RunColumns =
        """
        id, kind, status, subject_type, subject_id, ops.run_progress(id) as progress, error, created_at, started_at,
            finished_at
        """;

    private static AdmissionLimits LimitsOf(SettingSnapshot values)
    {
        var inFlight = values.Get(KnownSettings.RunsInFlight);
        return new(
            values.Unclaimed ? Math.Min(inFlight, values.Get(KnownSettings.UnclaimedRunsInFlight)) : inFlight,
            values.Get(KnownSettings.RunsWaiting));
    }

    // Null when the run had ended before.
    private bool Admits(Ended? ended)
    {
        if (ended is not null)
            Add(ended.Kind, ended.Ids);
        return ended is not null;
    }

    private void Add(string kind, IEnumerable<Guid> ids)
    {
        foreach (var id in ids)
            admitted.Add(new(id, organization.Id!.Value, kind));
    }

    private static object NodeParameters(Guid runId, string key, NodeOutcome outcome) => new
    {
        RunId = runId,
        Key = key,
        outcome.Status,
        outcome.Score,
        Details = outcome.Details ?? [],
    };

    private sealed record AdmissionLimits(int InFlight, int Waiting);

    private sealed record Admission(Guid[] Ids, int Waiting);

    private sealed record Ended(string Kind, Guid[] Ids);
}
