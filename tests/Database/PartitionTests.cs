namespace Assay;

public sealed class PartitionTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Partitions_are_kept_ahead_once_by_any_number_of_callers()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => EnsureAsync("2031-01-30")));

        // Months January to April and fifteen days.
        Assert.Equal(4 + 15, made.Sum());
        Assert.Equal(0, await EnsureAsync("2031-01-30"));
        Assert.Equal(1, await EnsureAsync("2031-01-31"));
        Assert.Equal(2, await EnsureAsync("2031-02-01"));
    }

    [Fact]
    public async Task Rows_that_came_before_their_partition_move_into_it()
    {
        var organization = await database.AddOrganizationAsync();
        foreach (var at in new[] { "2032-05-01T00:00:00Z", "2032-05-31T23:59:59.999999Z", "2032-11-01T00:00:00Z" })
            await database.ExecuteAsync(
                $"""
                insert into ops.event (organization_id, entity_type, entity_id, action, created_at)
                values ('{organization}', 'test', gen_random_uuid(), 'moved', '{at}')
                """);

        await EnsureAsync("2032-05-15");

        Assert.Equal(2, await database.ValueAsync<long>("select count(*) from ops.event_2032_05"));
        Assert.Equal(
            1, await database.ValueAsync<long>("select count(*) from ops.event_default where action = 'moved'"));
        Assert.Equal(
            3,
            await database.As(organization).ValueAsync<long>(
                "select count(*) from ops.event where action = 'moved'", null, CancellationToken.None));
    }

    [Fact]
    public async Task New_events_land_in_partitions_of_their_own_time()
    {
        var organization = await database.AddOrganizationAsync();
        await database.As(organization).ExecuteAsync(
            "insert into ops.usage_event (organization_id, feature) values (@organization, 'test')",
            new { organization }, CancellationToken.None);

        Assert.Matches(
            @"^ops\.usage_event_\d{4}_\d\d_\d\d$",
            await database.ValueAsync<string>(
                $"select tableoid::regclass::text from ops.usage_event where organization_id = '{organization}'"));
    }

    private Task<int> EnsureAsync(string day) => database.Jobs.ValueAsync<int>(
        "select ops.ensure_partitions(@day)", new { day = DateOnly.Parse(day) }, CancellationToken.None);
}
