using System.Text.RegularExpressions;
using Npgsql;

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
        insert into legacy.prompt_templates (id, name, framework_id, template_content, variables, is_public, is_active)
        select md5('t' || n)::uuid, 'Template ' || n, 'race', 'Say {{word}}',
            '["word", {"name": "word"}, {"name": "2 bad"}]', n % 2 = 0, n % 5 <> 0
        from generate_series(1, 50) n;
        insert into legacy.prompt_templates (id, name, framework_id, template_content, variables, is_active) values
            (md5('t51')::uuid, 'Defaults', 'ape', 'Say {{word}}', '{"word": "hello", "other": null}', null),
            (md5('t52')::uuid, 'Nothing', 'ape', 'Say', null, true);
        """;

    [Fact]
    public async Task Tables_of_before_are_brought_over_followed_closed_and_dropped()
    {
        var organization = await database.AddOrganizationAsync("acme");
        var owner = await database.AddMemberAsync(organization, Role.Owner);
        await database.ExecuteAsync(
            $"update ops.user_account set email = 'owner@acme.example.com' where id = '{owner}'");
        await using var before = new ScratchDatabase();
        await CreateAsync(before, Before.Replace("create schema legacy;", "").Replace("legacy.", "public."));
        var (commands, steps) = (await CommandsAsync(), await StepsAsync());

        var (code, said) = await RunAsync(commands[0].Replace(" before ", $" {before.Name} "));
        Assert.Equal(1, code);
        Assert.Contains(said.ReplaceLineEndings("\n"), await PageAsync());
        (_, said) = await RunAsync(commands[0].Replace(" before ", $" {before.Name} "));
        Assert.Matches("prompts +203 skipped", said);
        Assert.DoesNotContain("created", said);
        await AssertBroughtAsync(owner);

        await database.ExecuteAsync("drop schema legacy cascade");
        await database.ExecuteAsync(Before);
        Assert.Contains("tables of its own", await RefusalAsync(commands[0].Replace(" before ", $" {before.Name} ")));
        (_, said) = await RunAsync(commands[1].Replace(" assay ", $" {Name} "));
        Assert.Matches("prompts +203 skipped", said);
        // One of those that close the cycle has to go.
        await database.ExecuteAsync(
            "delete from legacy.prompt_relations where id = (select id from legacy.difference)");

        foreach (var step in steps.Take(2))
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

        await database.ExecuteAsync(steps[2]);
        var refusal = await Assert.ThrowsAsync<PostgresException>(
            () => database.ExecuteAsync("update legacy.prompts set name = 'x'"));
        Assert.Contains("closed", refusal.Message);

        await database.ExecuteAsync(steps[3]);
        Assert.Equal(203 + 52 + 1, await CountAsync("core.entity"));
        Assert.Equal(0, await CountAsync("pg_namespace where nspname = 'legacy'"));
    }

    [Fact]
    public async Task What_cannot_begin_says_why_and_changes_nothing()
    {
        await database.AddOrganizationAsync("globex");
        await using var other = new ScratchDatabase();
        await CreateAsync(other, "create table prompts (id text, name text)");
        string Command(string from, string slug = "globex") => $"./dev db import-legacy {from} {slug} x@example.com";

        Assert.StartsWith("There is no database nowhere at ", await RefusalAsync(Command("nowhere")));
        Assert.Contains("public.prompts of", await RefusalAsync(Command(other.Name)));
        Assert.Contains("has no content", await RefusalAsync(Command(other.Name)));
        await other.ListAsync("alter table prompts rename to texts");
        Assert.Contains("none of the tables prompts, prompt_relations", await RefusalAsync(Command(other.Name)));
        await other.ListAsync("alter table texts rename to prompts; alter table prompts add content text");
        Assert.Equal("There is no organization initech.", await RefusalAsync(Command(other.Name, "initech")));
        Assert.Equal(
            "The organization globex has no member x@example.com.", await RefusalAsync(Command(other.Name)));
        Assert.Equal(0, await CountAsync("pg_namespace where nspname = 'legacy'"));
    }

    private async Task AssertBroughtAsync(Guid owner)
    {
        Assert.Equal(203 + 52, await CountAsync("core.entity"));
        Assert.Equal(101, await CountAsync("core.relationship"));
        Assert.Equal(
            """["Untitled", {"text": "Text", "format": "markdown", "language": "pt-BR"}, ["a b", "a"]]""",
            await database.ValueAsync<string>(
                """
                select jsonb_build_array(title, content, tags)::text from core.entity
                where metadata #>> '{legacy,id}' = 'blank-name'
                """));
        Assert.Equal(27, await CountAsync(
            $"core.entity where type = 'template' and visibility = 'private' and owner_id = '{owner}'"));
        Assert.Equal(1, await CountAsync("legacy.difference where table_name = 'prompt_relations'"));
    }

    private string Name => new NpgsqlConnectionStringBuilder(database.Administrator).Database!;

    private static async Task CreateAsync(ScratchDatabase made, string sql)
    {
        await using (var server = await TestServer.OpenAsync())
            await TestServer.ExecuteAsync(server, $"create database {made.Name}");
        await using var connection = await TestServer.OpenAsync(made.Name);
        await TestServer.ExecuteAsync(connection, sql);
    }

    private async Task<(int Code, string Said)> RunAsync(string command)
    {
        var output = new StringWriter();
        var code = await new PostgresCommand(
            name => name == "ASSAY_DATABASE" ? database.Administrator : null, output)
            .RunAsync(command.Split(' ')[2..], CancellationToken.None);
        return (code, $"{output}");
    }

    private async Task<string> RefusalAsync(string command) =>
        (await Assert.ThrowsAsync<MigrationException>(() => RunAsync(command))).Message;

    private Task<long> CountAsync(string from) => database.ValueAsync<long>($"select count(*) from {from}");

    private static Task<string> PageAsync() => File.ReadAllTextAsync(Repository.PathOf("infra/postgres/legacy.md"));

    private static async Task<List<string>> StepsAsync() =>
        [.. Sql().Matches(await PageAsync()).Select(block => block.Groups[1].Value)];

    private static async Task<List<string>> CommandsAsync() =>
        [.. Command().Matches(await PageAsync()).Select(block => block.Groups[1].Value)];

    [GeneratedRegex("^```sql\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Sql();

    [GeneratedRegex("^```sh\n(.*?)\n```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Command();
}
