namespace Assay;

public sealed class AnswerCacheTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly CacheKey key = CacheKey.Of("test", Guid.CreateVersion7());
    private int computed;

    private sealed record Answer(string Text, double[] Numbers);

    [Fact]
    public async Task An_answer_is_computed_once_for_an_organization_and_again_for_another()
    {
        var organization = await database.AddOrganizationAsync();
        var cache = NewProcess(organization);

        var first = await GetAsync(cache);
        var second = await GetAsync(NewProcess(organization));
        var other = await GetAsync(NewProcess(await database.AddOrganizationAsync()));

        Assert.Equal(("answer 1", "answer 1", "answer 2"), (first.Text, second.Text, other.Text));
        Assert.Equal([0.1, -1e-9], second.Numbers);
    }

    [Fact]
    public async Task Of_many_processes_one_computes_and_the_others_wait_for_it()
    {
        var organization = await database.AddOrganizationAsync();
        var going = new TaskCompletionSource();
        AnswerCache[] processes = [.. Enumerable.Range(0, 4).Select(_ => NewProcess(organization))];

        var answers = processes.SelectMany(process => Enumerable.Range(0, 5)
            .Select(_ => Task.Run(() => GetAsync(process, going.Task)))).ToArray();
        await Eventually.TrueAsync(() => Task.FromResult(computed > 0), null, () => "Nobody computes.");
        going.SetResult();

        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal("answer 1", answer.Text));
        Assert.Equal(1, computed);
    }

    [Fact]
    public async Task While_an_expired_answer_is_computed_anew_others_are_given_it()
    {
        var organization = await database.AddOrganizationAsync();
        await GetAsync(NewProcess(organization));
        await ExpireAsync(organization);
        var going = new TaskCompletionSource();

        var slow = Task.Run(() => GetAsync(NewProcess(organization), going.Task));
        await Eventually.TrueAsync(() => Task.FromResult(computed == 2), null, () => "Nobody computes.");
        Assert.Equal("answer 1", (await GetAsync(NewProcess(organization))).Text);
        going.SetResult();

        Assert.Equal("answer 2", (await slow).Text);
        Assert.Equal("answer 2", (await GetAsync(NewProcess(organization))).Text);
    }

    [Fact]
    public async Task Who_dies_while_computing_holds_others_up_no_longer_than_its_lease()
    {
        var organization = await database.AddOrganizationAsync();
        var lease = TimeSpan.FromSeconds(1);
        _ = GetAsync(NewProcess(organization, lease), new TaskCompletionSource().Task);
        await Eventually.TrueAsync(() => Task.FromResult(computed == 1), null, () => "Nobody computes.");

        var answer = await GetAsync(NewProcess(organization, lease)).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal("answer 2", answer.Text);
    }

    [Fact]
    public async Task A_computation_that_fails_fails_its_caller_and_the_next_one_computes()
    {
        var organization = await database.AddOrganizationAsync();

        await Assert.ThrowsAsync<TimeoutException>(
            () => GetAsync(NewProcess(organization), Task.FromException(new TimeoutException())));

        Assert.Equal("answer 2", (await GetAsync(NewProcess(organization))).Text);
    }

    [Fact]
    public async Task What_is_too_large_is_given_and_not_kept()
    {
        var organization = await database.AddOrganizationAsync();
        var large = new string('x', AnswerCache.BytesMax);

        for (var n = 0; n < 2; n++)
            Assert.Equal(large, await NewProcess(organization).GetOrComputeAsync(
                CacheKind.Prediction, key,
                _ =>
                {
                    computed++;
                    return Task.FromResult(large);
                },
                None));

        Assert.Equal(2, computed);
    }

    [Fact]
    public async Task A_flag_turns_it_off()
    {
        var organization = await database.AddOrganizationAsync();
        await database.ExecuteAsync(
            $"""
            insert into ops.feature_flag_override (organization_id, name, enabled)
            values ('{organization}', 'prediction-cache', false)
            """);

        await GetAsync(NewProcess(organization));

        Assert.Equal("answer 2", (await GetAsync(NewProcess(organization))).Text);
    }

    [Fact]
    public async Task Answers_live_as_long_as_the_setting_of_their_kind_says_and_then_go()
    {
        var organization = await database.AddOrganizationAsync();
        foreach (var (kind, seconds) in new[] { (CacheKind.Prediction, 3600), (CacheKind.Response, 300) })
        {
            var own = CacheKey.Of("kind", seconds);
            await NewProcess(organization).GetOrComputeAsync(kind, own, _ => Task.FromResult(1), None);

            Assert.InRange(
                await database.ValueAsync<int>(
                    $"""
                    select extract(epoch from expires_at - now())::int from ops.cache_entry
                    where organization_id = '{organization}' and key = '\x{Convert.ToHexString(own.Hash)}'
                    """),
                seconds - 30, seconds);
        }

        await database.ExecuteAsync(
            $"""
            update ops.cache_entry set removable_at = now() - interval '1 second'
            where organization_id = '{organization}'
            """);
        await new Expiry(database.Jobs).RemoveAsync(None);
        Assert.Equal(0, await database.ValueAsync<long>(
            $"select count(*) from ops.cache_entry where organization_id = '{organization}'"));
    }

    [Fact]
    public void A_key_is_of_its_parts_and_not_of_their_text_together()
    {
        Assert.Equal(CacheKey.Of("a", "bc").Hash, CacheKey.Of("a", "bc").Hash);
        Assert.NotEqual(CacheKey.Of("a", "bc").Hash, CacheKey.Of("ab", "c").Hash);
    }

    private Task<Answer> GetAsync(AnswerCache cache, Task? until = null) => cache.GetOrComputeAsync(
        CacheKind.Prediction, key,
        async _ =>
        {
            var number = Interlocked.Increment(ref computed);
            await (until ?? Task.CompletedTask);
            return new Answer($"answer {number}", [0.1, -1e-9]);
        },
        None);

    private Task ExpireAsync(Guid organization) => database.ExecuteAsync(
        $"""
        update ops.cache_entry set expires_at = now() - interval '1 second' where organization_id = '{organization}'
        """);

    private AnswerCache NewProcess(Guid organization, TimeSpan? lease = null) =>
        TestCache.Of(database, organization, lease);
}
