using System.Globalization;

namespace Assay;

/// <summary>Both ways of finding what is nearest, held against comparing everything.</summary>
public sealed class VectorSearchTests(VectorSearchTests.Crowd crowd) : IClassFixture<VectorSearchTests.Crowd>
{
    private const string Model = "00000000-0000-7000-8000-000000000384";
    private const string NoFilter = "null";
    private const string Rare = "row(null,array['rare'],null,null,null,null,null,null,null,null,null,null)";

    [Theory]
    [InlineData(10_000, NoFilter)]
    [InlineData(10_000, Rare)]
    [InlineData(0, NoFilter)]
    [InlineData(0, Rare)]
    public async Task A_small_part_of_a_crowd_is_found_as_if_it_were_alone(int comparedMax, string filter)
    {
        await CompareAtMostAsync(comparedMax);
        var found = 0;
        for (var query = 0; query < 20; query++)
            found += await crowd.Database.As(crowd.Organization).ValueAsync<int>(
                $"""
                with query as (select core_test.vector({query + 100_000}) as near), exact as (
                    select e.id from core.entity n
                    join core.embedding e on e.entity_id = n.id
                    cross join query
                    where {(filter == Rare ? "n.tags @> array['rare']" : "true")}
                    order by e.vector <=> query.near limit 10
                )
                select count(*)::int
                from query
                cross join lateral core.search_entity_embedding('{Model}', near, 10, {filter}::core.entity_filter) near
                join core.embedding e on e.entity_id = near.entity_id
                join exact on exact.id = e.id
                """,
                null, default);

        // A graph promises no more than most.
        Assert.InRange(found, comparedMax == 0 ? 190 : 200, 200);
    }

    [Fact]
    public async Task What_is_private_to_others_is_found_neither_way()
    {
        foreach (var comparedMax in new[] { 10_000, 0 })
        {
            await CompareAtMostAsync(comparedMax);
            Assert.Equal(0, await crowd.Database.As(crowd.Organization).ValueAsync<int>(
                $"""
                select count(*)::int
                from core.search_entity_embedding('{Model}', core_test.vector(7), 2000) near
                where near.entity_id in (select id from core_test.hidden)
                """,
                null, default));
        }
    }

    private Task CompareAtMostAsync(int most) => crowd.Database.ExecuteAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"""
        create or replace function core.compared_max() returns integer language sql immutable parallel safe
        as $$ select {most} $$
        """));

    /// <summary>4,000 vectors of others in clusters, and 300 of an organization among them.</summary>
    public sealed class Crowd : IAsyncLifetime
    {
        public TestDatabase Database { get; } = new();

        public Guid Organization { get; private set; }

        public async Task InitializeAsync()
        {
            await Database.InitializeAsync();
            Organization = await Database.AddOrganizationAsync();
            var others = await Database.AddOrganizationAsync();
            await Database.ExecuteAsync(
                $$"""
                create schema core_test;
                grant usage on schema core_test to public;
                -- Near to one of 20 centers, and the same for the same seed.
                create function core_test.vector(seed integer) returns halfvec language sql immutable as $$
                    select array_agg(
                        sin((seed % 20 + 1) * dimension * 1.7) + 0.6 * sin(seed * 12.9898 + dimension * 78.233 * seed)
                        order by dimension)::real[]::halfvec
                    from generate_series(1, 384) dimension $$;
                insert into core.entity (organization_id, type, title, content, tags, visibility)
                select case when n % 14 = 0 then '{{Organization}}'::uuid else '{{others}}'::uuid end, 'prompt',
                    n::text, '{"text":"a"}', case when n % 98 = 0 then array['rare'] else '{}' end,
                    case when n % 70 = 0 then 'private' else 'organization' end
                from generate_series(1, 4300) n;
                update core.embedding v
                set status = 'completed', vector = core_test.vector(e.title::integer)
                from core.entity e where e.id = v.entity_id;
                create table core_test.hidden as
                select id from core.entity where visibility = 'private' or organization_id = '{{others}}';
                grant select on core_test.hidden to public;
                """);
        }

        public Task DisposeAsync() => Database.DisposeAsync().AsTask();
    }
}
