namespace Assay;

/// <summary>Of an organization and kind a few runs are under way at a time; the rest wait for their turn.</summary>
public sealed class RunAdmissionTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Kind = "analyze-prompt";

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly AdmittedRuns admitted = new();
    private OrganizationScope scope = new();
    private RunStore runs = null!;

    public async Task InitializeAsync()
    {
        await ForgetAsync();
        scope.Enter(await database.AddOrganizationAsync());
        runs = database.RunsOf(scope, admitted, (KnownSettings.RunsInFlight, 2), (KnownSettings.RunsWaiting, 3));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task What_exceeds_the_share_waits_and_is_admitted_in_order_as_others_end()
    {
        var ids = await CreateAsync(5);

        Assert.Equal(ids[..2], Admitted());
        Assert.Equal(
            [null, null, 0, 1, 2],
            await Task.WhenAll(ids.Select(async id => (await runs.FindAsync(id, None))!.WaitingBehind)));
        Assert.True(await runs.TryFinishAsync(ids[1], RunStatus.Succeeded, null, None));
        Assert.Equal([ids[2]], Admitted());
        Assert.False(await runs.TryFinishAsync(ids[1], RunStatus.Succeeded, null, None));
        Assert.Empty(Admitted());

        // One that is cancelled while it waits makes room for nobody, and is passed over.
        Assert.True(await runs.TryFinishAsync(ids[3], RunStatus.Cancelled, null, None));
        Assert.Empty(Admitted());
        Assert.True(await runs.TryFinishAsync(ids[0], RunStatus.Failed, "It broke.", None));
        Assert.Equal([ids[4]], Admitted());
    }

    [Fact]
    public async Task Another_kind_and_another_organization_have_shares_of_their_own()
    {
        await CreateAsync(4);
        Admitted();

        Assert.Equal(await CreateAsync(1, "import"), Admitted());
        scope = new();
        scope.Enter(await database.AddOrganizationAsync());
        runs = database.RunsOf(scope, admitted, (KnownSettings.RunsInFlight, 4));
        Assert.Equal((await CreateAsync(3))[..2], Admitted());
    }

    [Fact]
    public async Task Beside_others_that_have_work_an_organization_has_half_as_many_under_way_and_at_least_one()
    {
        var first = await CreateAsync(5);
        Assert.Equal(first[..2], Admitted());
        var (firstScope, firstRuns) = (scope, runs);
        scope = new();
        scope.Enter(await database.AddOrganizationAsync());
        runs = database.RunsOf(scope, admitted, (KnownSettings.RunsInFlight, 2));
        var second = await CreateAsync(3);
        Assert.Equal(second[..1], Admitted());

        // Who had the machine for itself gives way as its runs end.
        (scope, runs) = (firstScope, firstRuns);
        await runs.TryFinishAsync(first[0], RunStatus.Succeeded, null, None);
        Assert.Empty(Admitted());
        await runs.TryFinishAsync(first[1], RunStatus.Succeeded, null, None);
        Assert.Equal([first[2]], Admitted());

        // The others' work is long ago: there is room for two again.
        await ForgetAsync();
        await runs.TryFinishAsync(first[2], RunStatus.Succeeded, null, None);
        Assert.Equal(first[3..], Admitted().Order());
    }

    [Fact]
    public async Task Of_runs_that_come_and_end_at_the_same_time_each_is_admitted_once_and_none_is_left()
    {
        runs = database.RunsOf(scope, admitted, (KnownSettings.RunsInFlight, 3));
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => CreateAsync(1)));
        var seen = Admitted().ToList();
        Assert.Equal(3, seen.Count);

        for (var ended = 0; ended < seen.Count;)
        {
            var live = seen[ended..];
            Assert.InRange(live.Count, 1, 3);
            await Task.WhenAll(live.Select(id => runs.TryFinishAsync(id, RunStatus.Succeeded, null, None)));
            ended += live.Count;
            seen.AddRange(Admitted());
        }

        Assert.Equal((30, 30), (seen.Count, seen.Distinct().Count()));
    }

    [Fact]
    public async Task One_that_is_recorded_anew_keeps_its_place_while_it_lives_and_waits_again_after_its_end()
    {
        var ids = await CreateAsync(4);
        Admitted();

        await CreateAsync(ids[0]);
        Assert.Equal([ids[0]], Admitted());
        await CreateAsync(ids[2]);
        Assert.Empty(Admitted());
        Assert.Equal(0, (await runs.FindAsync(ids[2], None))!.WaitingBehind);

        await runs.TryFinishAsync(ids[0], RunStatus.Succeeded, null, None);
        await CreateAsync(ids[0]);
        Assert.Equal([ids[2]], Admitted());
        Assert.Equal(1, (await runs.FindAsync(ids[0], None))!.WaitingBehind);
    }

    [Fact]
    public async Task No_more_are_accepted_than_may_wait()
    {
        await CreateAsync(5);
        var before = Admitted();

        var refusal = await Assert.ThrowsAsync<BacklogFullException>(() => CreateAsync(1));

        Assert.Contains("3 runs waiting", refusal.Message);
        Assert.Equal(2, before.Count);
        Assert.Empty(Admitted());
        Assert.Equal(5, await database.ValueAsync<long>(
            $"select count(*) from ops.workflow_run where organization_id = '{scope.Id}'"));
    }

    [Fact]
    public async Task An_organization_of_anonymous_accounts_has_one_under_way_until_its_account_is_claimed()
    {
        var user = await database.AddMemberAsync(scope.Id!.Value, Role.Owner);
        await database.ExecuteAsync($"update ops.user_account set email = null where id = '{user}'");
        var ids = await CreateAsync(3);
        Assert.Equal([ids[0]], Admitted());

        await database.ExecuteAsync($"update ops.user_account set email = '{user}@example.com' where id = '{user}'");
        await database.RunsOf(scope, admitted, (KnownSettings.RunsInFlight, 2)).AdmitAsync(Kind, None);

        Assert.Equal([ids[1]], Admitted());
    }

    /// <summary>What was admitted until now was so long ago that it does not count as work of others.</summary>
    private Task ForgetAsync() =>
        database.ExecuteAsync("update ops.workflow_run set admitted_at = admitted_at - interval '1 hour'");

    private IReadOnlyList<Guid> Admitted()
    {
        var ids = new List<Guid>();
        while (admitted.TryTake(out var run))
            ids.Add(run.Id);
        return ids;
    }

    private async Task<Guid[]> CreateAsync(int count, string kind = Kind)
    {
        var ids = new Guid[count];
        for (var place = 0; place < count; place++)
            await CreateAsync(ids[place] = Guid.CreateVersion7(), kind);
        return ids;
    }

    private Task CreateAsync(Guid id, string kind = Kind) => database.As(scope.Id).InTransactionAsync(
        transaction => runs.CreateAsync(transaction, new NewRun(id, kind, "analysis", id, ["lint"]), None), None);
}
