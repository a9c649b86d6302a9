using System.Text.RegularExpressions;

namespace Assay;

/// <summary>What <c>infra/postgres/legacy.md</c> says, run in its order on a database of before.</summary>
public sealed partial class LegacyTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    // The shapes of before, with some hundred rows, odd ones among them.
    private const string Before =
        """
        create schema legacy;
        create table legacy.prompts (
            id varchar primary key, name varchar(255) not null, description text, content text not null,
            format_type varchar(50) not null default 'auto', language varchar(10) not null default 'auto',
            tags jsonb default '[]', extra_metadata jsonb default '{}',
            created_at timestamptz not null default now(), updated_at timestamptz not null default now());
        create table legacy.prompt_relations (
            id varchar primary key, source_id varchar not null, target_id varchar not null,
            relation_type varchar(50) not null, description text, extra_metadata jsonb default '{}',
            created_at timestamptz not null default now());
        create table legacy.prompt_templates (
            id uuid default gen_random_uuid() primary key, user_id uuid, name varchar(100) not null, description text,
            framework_id varchar(50) not null, template_content text not null, variables jsonb,
            is_public boolean default false, is_active boolean default true, usage_count integer default 0,
            created_at timestamptz default now() not null, updated_at timestamptz default now() not null);

        insert into legacy.prompts (id, name, content, tags, created_at, updated_at)
        select md5('p' || n)::uuid::text, 'Prompt ' || n % 50, 'Text ' || n, '["a", "b"]', now() - interval '9 days',
            now() - interval '1 day'
        from generate_series(1, 200) n;
        insert into legacy.prompts (id, name, description, content, format_type, language, tags, extra_metadata) values
            ('not-a-uuid', repeat('n', 255), repeat('d', 5000), 'Grüße', 'html', 'klingon', 'null', 'null'),
            ('blank-name', '   ', null, 'Text', 'markdown', 'pt-BR', '["a,b", " a ", 7, "", "a"]', '{"k": [1]}'),
            ('no-tags', 'Same', null, 'Text', 'xml', 'en', null, null),
            ('no-text', 'Same', null, E' \n', 'auto', 'auto', '{}', '"text"'),
            ('too-long', 'Same', null, repeat('x', 1000001), 'auto', 'auto', '[]', '{}');
        insert into legacy.prompt_relations (id, source_id, target_id, relation_type)
        select md5('r' || n)::uuid::text, md5('p' || n)::uuid::text, md5('p' || n + 1)::uuid::text, 'depends_on'
        from generate_series(1, 100) n;
        insert into legacy.prompt_relations (id, source_id, target_id, relation_type) values
            ('odd-ids', 'not-a-uuid', 'blank-name', 'overrides'),
            ('twice', 'not-a-uuid', 'blank-name', 'overrides'),
            ('dangling', 'not-a-uuid', 'nowhere', 'depends_on'),
            ('to-none', 'not-a-uuid', 'no-text', 'depends_on'),
            ('self', 'no-tags', 'no-tags', 'depends_on'),
            ('unknown', 'no-tags', 'blank-name', 'likes'),
            ('cycle', md5('p3')::uuid::text, md5('p1')::uuid::text, 'depends_on');
        insert into legacy.prompt_templates (name, framework_id, template_content, variables, is_public, is_active)
        select 'Template ' || n, 'race', 'Say {{word}}', '["word", {"name": "word"}, {"name": "2 bad"}]', n % 2 = 0,
            n % 5 <> 0
        from generate_series(1, 50) n;
        insert into legacy.prompt_templates (name, framework_id, template_content, variables, is_active) values
            ('Defaults', 'ape', 'Say {{word}}', '{"word": "hello", "other": null}', null),
            ('Nothing', 'ape', 'Say', null, true);
        """;

    [Fact]
    public async Task Tables_of_before_are_brought_over_followed_closed_and_dropped()
    {
        var organization = await database.AddOrganizationAsync("acme");
        var owner = await database.AddMemberAsync(organization, Role.Owner);
        await database.ExecuteAsync(
            $"update ops.user_account set email = 'owner@acme.example.com' where id = '{owner}'");
        await database.ExecuteAsync(Before);
        var steps = await StepsAsync();
        await database.ExecuteAsync((await File.ReadAllTextAsync(Repository.PathOf("infra/postgres/legacy.sql")))
            .Replace("\\set ON_ERROR_STOP on", ""));

        foreach (var step in steps.Take(2))
            await database.ExecuteAsync(step);
        Assert.Equal(203 + 52, await CountAsync("core.entity"));
        Assert.Equal(101, await CountAsync("core.relationship"));
        Assert.Equal(
            "no-text,too-long",
            await database.ValueAsync<string>(
                "select string_agg(id, ',' order by id) from legacy.left_out where table_name = 'prompts'"));
        Assert.Equal(5, await CountAsync("legacy.left_out where table_name = 'prompt_relations'"));
        Assert.Equal(1, await CountAsync("legacy.difference where table_name = 'prompt_relations'"));
        Assert.Equal(
            """["Untitled", {"text": "Text", "format": "markdown", "language": "pt-BR"}, ["a b", "a"]]""",
            await database.ValueAsync<string>(
                """
                select jsonb_build_array(title, content, tags)::text from core.entity
                where metadata #>> '{legacy,id}' = 'blank-name'
                """));
        Assert.Equal(27, await CountAsync(
            $"core.entity where type = 'template' and visibility = 'private' and owner_id = '{owner}'"));
        // One of those that close the cycle has to go.
        await database.ExecuteAsync(
            "delete from legacy.prompt_relations where id = (select id from legacy.difference)");

        foreach (var step in steps.Skip(2).Take(2))
            await database.ExecuteAsync(step);
        Assert.Equal(0, await CountAsync("core.entity where version > 1"));
        await database.ExecuteAsync(
            """
            update legacy.prompts set content = 'Changed' where id = 'no-tags';
            insert into legacy.prompts (id, name, content) values ('later', 'Later', 'Text');
            insert into legacy.prompt_relations (id, source_id, target_id, relation_type)
            values ('later', 'later', 'no-tags', 'depends_on');
            delete from legacy.prompt_templates where name = 'Nothing';
            """);
        Assert.Equal(0, await CountAsync("legacy.difference"));
        Assert.Equal(1, await CountAsync("core.entity where version = 2 and content ->> 'text' = 'Changed'"));
        Assert.Equal(1, await CountAsync("core.entity where deleted_at is not null and title = 'Nothing'"));
        Assert.Equal(102, await CountAsync("core.relationship"));

        await database.ExecuteAsync(steps[4]);
        var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => database.ExecuteAsync("update legacy.prompts set name = 'x'"));
        Assert.Contains("closed", refusal.Message);

        await database.ExecuteAsync(steps[5]);
        Assert.Equal(203 + 52 + 1, await CountAsync("core.entity"));
        Assert.Equal(0, await CountAsync("pg_namespace where nspname = 'legacy'"));
    }

    private Task<long> CountAsync(string from) => database.ValueAsync<long>($"select count(*) from {from}");

    private static async Task<List<string>> StepsAsync() =>
        [.. Sql().Matches(await File.ReadAllTextAsync(Repository.PathOf("infra/postgres/legacy.md")))
            .Select(block => block.Groups[1].Value)];

    [GeneratedRegex("^```sql\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Sql();
}
