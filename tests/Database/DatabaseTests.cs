using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Pgvector;

namespace Assay;

public sealed class DatabaseTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private sealed record Sample(
        Guid Id, string FirstName, DateTimeOffset CreatedAt, DateTimeOffset? DeletedAt, DateOnly Day, JsonElement Body,
        JsonObject Meta, JsonArray Tags, Guid[] Ids, string[] Names, HalfVector Vector, HalfVector[] Vectors,
        decimal Amount, double? Score);

    [Fact]
    public async Task Rows_become_positional_records()
    {
        var id = Guid.CreateVersion7();
        var at = new DateTimeOffset(2026, 3, 29, 3, 30, 0, TimeSpan.FromHours(2));

        var sample = await database.As(null).FindAsync<Sample>(
            """
            select @id as id, @name as first_name, @at as created_at, null::timestamptz as deleted_at, @day as day,
                @body as body, @meta as meta, @tags as tags, @ids as ids, @names as names,
                @vector as vector, @vectors as vectors, 1.5 as amount, null::double precision as score
            """,
            new
            {
                id,
                name = "Ada",
                at,
                day = new DateOnly(2026, 3, 29),
                body = JsonSerializer.SerializeToElement(new { a = 1 }),
                meta = new JsonObject { ["b"] = 2 },
                tags = new JsonArray("x", "y"),
                ids = new[] { id },
                names = new[] { "p", "q" },
                vector = HalfVectors.Of([0.5f, -1]),
                vectors = new[] { HalfVectors.Of([2, 3]), HalfVectors.Of([4]) },
            },
            CancellationToken.None);

        Assert.NotNull(sample);
        Assert.Equal((id, "Ada", at), (sample.Id, sample.FirstName, sample.CreatedAt));
        Assert.Equal(TimeSpan.Zero, sample.CreatedAt.Offset);
        Assert.Null(sample.DeletedAt);
        Assert.Equal(new DateOnly(2026, 3, 29), sample.Day);
        Assert.Equal(1, sample.Body.GetProperty("a").GetInt32());
        Assert.Equal(2, (int)sample.Meta["b"]!);
        Assert.Equal("y", (string)sample.Tags[1]!);
        Assert.Equal([id], sample.Ids);
        Assert.Equal(["p", "q"], sample.Names);
        Assert.Equal(HalfVectors.Of([0.5f, -1]), sample.Vector);
        Assert.Equal([HalfVectors.Of([2, 3]), HalfVectors.Of([4])], sample.Vectors);
        Assert.Equal(1.5m, sample.Amount);
        Assert.Null(sample.Score);
    }

    [Fact]
    public async Task A_type_that_was_made_anew_is_known_to_the_call_after_the_one_that_fails()
    {
        await using var own = await TestDatabase.CreateAsync();
        var session = own.As(null);
        Task<bool> SendAsync() => session.ValueAsync<bool>(
            "select @vector is not null", new { vector = HalfVectors.Of([1]) }, CancellationToken.None);

        Assert.True(await SendAsync());
        await own.ExecuteAsync("drop extension vector cascade; create extension vector with schema public");
        await Assert.ThrowsAsync<PostgresException>(SendAsync);

        Assert.True(await SendAsync());
    }

    [Fact]
    public async Task Null_parameters_of_any_type_arrive_as_null()
    {
        var count = await database.As(null).ValueAsync<long>(
            "select num_nulls(@time::timestamptz, @day::date, @json::jsonb, @text::text, @id::uuid)",
            new
            {
                time = (DateTimeOffset?)null,
                day = (DateOnly?)null,
                json = (JsonObject?)null,
                text = (string?)null,
                id = (Guid?)null,
            },
            CancellationToken.None);

        Assert.Equal(5, count);
    }

    [Fact]
    public async Task Absent_rows_are_null_and_surplus_rows_an_error()
    {
        var anyone = database.As(null);

        Assert.Null(await anyone.FindAsync<string>("select 'a' where false", null, CancellationToken.None));
        Assert.Empty(await anyone.ListAsync<int>("select 1 where false", null, CancellationToken.None));
        Assert.Null(await anyone.ValueAsync<int?>("select null::int", null, CancellationToken.None));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => anyone.FindAsync<int>("select generate_series(1, 2)", null, CancellationToken.None));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => anyone.ValueAsync<int>("select 1 where false", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_call_with_several_statements_happens_whole_or_not_at_all()
    {
        var organization = database.As(await database.AddOrganizationAsync());
        const string insert = "insert into ops.workflow_run (organization_id, kind) "
            + "values (ops.current_organization(), 'whole');";

        await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => organization.ExecuteAsync($"{insert} select 1 / 0", null, CancellationToken.None));

        Assert.Equal(0, await CountAsync(organization));
        Assert.Equal(2, await organization.ExecuteAsync(insert + insert, null, CancellationToken.None));
        Assert.Equal(2, await CountAsync(organization));
    }

    [Fact]
    public async Task A_transaction_commits_on_return_and_is_undone_on_failure()
    {
        var organization = database.As(await database.AddOrganizationAsync());

        Task InsertAsync(DatabaseTransaction transaction) => transaction.ExecuteAsync(
            "insert into ops.workflow_run (organization_id, kind) values (ops.current_organization(), 'test')",
            null, CancellationToken.None);

        await organization.InTransactionAsync(InsertAsync, CancellationToken.None);
        await Assert.ThrowsAsync<NotSupportedException>(() => organization.InTransactionAsync(
            async transaction =>
            {
                await InsertAsync(transaction);
                throw new NotSupportedException();
            },
            CancellationToken.None));

        Assert.Equal(1, await CountAsync(organization));
    }

    [Fact]
    public async Task Changing_nothing_is_told_from_changing_something()
    {
        var organization = database.As(await database.AddOrganizationAsync());

        Assert.True(await organization.ChangedAsync(
            "insert into ops.workflow_run (organization_id, kind) values (ops.current_organization(), 'test')",
            null, CancellationToken.None));
        Assert.False(await organization.ChangedAsync(
            "update ops.workflow_run set kind = 'x' where kind = 'none'", null, CancellationToken.None));
        Assert.False(await organization.ChangedAsync("select 1", null, CancellationToken.None));
    }

    private static Task<long> CountAsync(Database organization) => organization.ValueAsync<long>(
        "select count(*) from ops.workflow_run", null, CancellationToken.None);
}
