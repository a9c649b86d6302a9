using Npgsql;

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

    [Fact]
    public async Task Partitions_are_dropped_once_all_of_their_time_is_older_than_is_kept()
    {
        await using var own = await TestDatabase.CreateAsync();
        await EnsureAsync(own, "2024-01-10");
        string[] times =
        [
            "2023-05-01", "2024-01-09", "2024-01-14T23:59:59.999999Z", "2024-01-31T23:59:59.999999Z", "2024-02-01",
            "2025-06-01",
        ];
        var organization = await own.AddOrganizationAsync();
        foreach (var at in times)
            await own.ExecuteAsync(
                $"""
                set timezone = 'UTC';
                insert into ops.event (organization_id, entity_type, entity_id, action, created_at)
                values ('{organization}', 'test', gen_random_uuid(), 'kept', '{at}');
                insert into ops.usage_event (organization_id, feature, created_at)
                values ('{organization}', 'test', '{at}')
                """);

        // Events since 2024-02-01, usage since 2024-01-15.
        Assert.Equal(1 + 5, await RetireAsync(own, "2026-02-20", 24, 767));

        Assert.Equal(
            "2024-02-01 2025-06-01", await own.ValueAsync<string>(
                """
                select string_agg((created_at at time zone 'UTC')::date::text, ' ' order by created_at)
                from ops.event
                where action = 'kept'
                """));
        Assert.Equal(
            "2024-01-31 2024-02-01 2025-06-01", await own.ValueAsync<string>(
                """
                select string_agg((created_at at time zone 'UTC')::date::text, ' ' order by created_at)
                from ops.usage_event
                """));
        Assert.Equal(0, await RetireAsync(own, "2026-02-20", 24, 767));
    }

    [Fact]
    public async Task Zero_keeps_all_for_ever_and_today_is_kept_in_any_case()
    {
        await using var own = await TestDatabase.CreateAsync();
        var today = DateTime.UtcNow;
        await EnsureAsync(own, "2024-01-10");
        await EnsureAsync(own, $"{today:yyyy-MM-dd}");

        Assert.Equal(0, await RetireAsync(own, "2200-01-01", 0, 0));
        Assert.InRange(await RetireAsync(own, "2200-01-01", 1, 1), 4 + 15, int.MaxValue);

        foreach (var partition in new[] { $"event_{today:yyyy_MM}", $"usage_event_{today:yyyy_MM_dd}" })
            Assert.True(await own.ValueAsync<bool>($"select to_regclass('ops.{partition}') is not null"));
    }

    [Fact]
    public async Task A_table_that_is_read_for_long_is_left_for_another_night()
    {
        await using var own = await TestDatabase.CreateAsync();
        await EnsureAsync(own, "2024-01-10");
        await using var reader = new NpgsqlConnection(own.Administrator + ";Pooling=false");
        await reader.OpenAsync();
        await using var reading = await reader.BeginTransactionAsync();
        await TestServer.ExecuteAsync(reader, "lock table ops.event in access share mode");

        Assert.Equal(0, await RetireAsync(own, "2026-01-10", 1, 0));
        Assert.Equal(15, await RetireAsync(own, "2026-01-10", 0, 1));

        await reading.CommitAsync();
        Assert.Equal(4, await RetireAsync(own, "2026-01-10", 1, 0));
    }

    private static Task<int> RetireAsync(TestDatabase database, string day, int eventMonths, int usageDays) =>
        new MartRollup(database.Jobs).RetirePartitionsAsync(
            DateOnly.Parse(day), eventMonths, usageDays, CancellationToken.None);

    private Task<int> EnsureAsync(string day) => EnsureAsync(database, day);

    private static Task<int> EnsureAsync(TestDatabase database, string day) => database.Jobs.ValueAsync<int>(
        "select ops.ensure_partitions(@day)", new { day = DateOnly.Parse(day) }, CancellationToken.None);
}
