using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay;

/// <summary>
/// A migrated database of a test class's own: <c>IClassFixture&lt;TestDatabase&gt;</c>, or
/// <see cref="CreateAsync"/> and dispose. Empty but for the built-in rows.
/// </summary>
public sealed class TestDatabase : IAsyncLifetime, IAsyncDisposable
{
    private readonly string name;
    private readonly bool isLent;
    private readonly Lazy<DatabasePools> pools;

    // A session of their own for each statement would cost more than most statements.
    private readonly Lazy<NpgsqlDataSource> administrators;
    private string scopeKey = "";
    private PooledDatabase? pooled;

    public TestDatabase() : this(DatabasePool.NewName(), isLent: false)
    {
    }

    private TestDatabase(string name, bool isLent)
    {
        (this.name, this.isLent) = (name, isLent);
        pools = new(() => new DatabasePools(Options.Create(NewOptions())));
        administrators = new(() => NpgsqlDataSource.Create(Administrator));
    }

    /// <summary>Connection string of the administrator, whom row-level security does not bind.</summary>
    public string Administrator => For(TestServer.For(name).Username!, TestServer.For(name).Password);

    public string App => For("assay_app", TestServer.RolePassword);

    public string Job => For("assay_job", TestServer.RolePassword);

    public string Durable => For("assay_durable", TestServer.RolePassword);

    /// <summary>The app settings of this database, as <c>NAME</c> to value.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Assay__Database"] = App,
        ["Assay__JobDatabase"] = Job,
        ["Assay__ScopeKey"] = scopeKey,
        ["DurableDatabase"] = Durable,
    };

    /// <summary>The pools behind <see cref="As"/> and <see cref="Jobs"/>.</summary>
    public DatabasePools Pools => pools.Value;

    /// <summary>The database across organizations.</summary>
    public JobDatabase Jobs => new(Pools);

    public static async Task<TestDatabase> CreateAsync()
    {
        var database = new TestDatabase();
        await database.InitializeAsync();
        return database;
    }

    /// <summary>The database as an organization sees it; null is a request that has none.</summary>
    public Database As(Guid? organizationId)
    {
        var scope = new OrganizationScope();
        if (organizationId is { } id)
            scope.Enter(id);
        return new Database(Pools, scope);
    }

    /// <summary>What a connection as <c>assay_app</c> acts for somebody with: <c>select ops.enter($1)</c>.</summary>
    public string Prove(Guid? organization, Guid? user) =>
        ScopeKey.Parse(scopeKey).Prove(organization, user, "system||a request|", DateTimeOffset.UtcNow.AddMinutes(5));

    /// <summary>Adds an organization. Returns its id.</summary>
    /// <param name="slug">Null makes one up.</param>
    public async Task<Guid> AddOrganizationAsync(string? slug = null)
    {
        var id = Guid.CreateVersion7();
        await ExecuteAsync(
            $"insert into ops.organization (id, name, slug) values ('{id}', 'Test', '{slug ?? $"test-{id:n}"}')");
        return id;
    }

    /// <summary>Adds a user who is a member of an organization. Returns the user's id.</summary>
    public async Task<Guid> AddMemberAsync(Guid organization, Role role)
    {
        var id = Guid.CreateVersion7();
        await ExecuteAsync(
            $"""
            insert into ops.user_account (id, email, username, name)
            values ('{id}', '{id:n}@example.com', 'user-{id:n}', 'A {role}');
            insert into ops.organization_user (organization_id, user_id, role)
            values ('{organization}', '{id}', '{role.ToString().ToLowerInvariant()}')
            """);
        return id;
    }

    /// <summary>Adds an API key. Returns the key itself.</summary>
    /// <param name="user">Null for an organization's own key.</param>
    /// <param name="scopes">None is <c>admin</c>: all that the user may do.</param>
    public async Task<string> AddKeyAsync(Guid organization, Guid? user, params string[] scopes)
    {
        var key = $"ask_{Guid.NewGuid():n}";
        var owner = user is { } id ? $"'{id}'" : "null";
        await ExecuteAsync(
            $"""
            insert into ops.api_key (organization_id, user_id, name, prefix, key_hash, scopes)
            values ('{organization}', {owner}, 'Test key', '{key[..12]}', sha256('{key}'),
                '{JsonSerializer.Serialize(scopes is [] ? ["admin"] : scopes)}')
            """);
        return key;
    }

    /// <summary>Runs SQL as the administrator.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await administrators.Value.OpenConnectionAsync();
        await TestServer.ExecuteAsync(connection, sql);
    }

    /// <summary>The first column of the first row, as the administrator.</summary>
    public async Task<T> ValueAsync<T>(string sql)
    {
        await using var connection = await administrators.Value.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task InitializeAsync()
    {
        pooled = await DatabasePool.TakeAsync(name);
        scopeKey = pooled.ScopeKey;
    }

    public async ValueTask DisposeAsync()
    {
        if (pools.IsValueCreated)
            await pools.Value.DisposeAsync();
        if (administrators.IsValueCreated)
            await administrators.Value.DisposeAsync();
        if (isLent)
            return;
        var isFine = false;
        try
        {
            await using var connection = await TestServer.OpenAsync(name);
            await Secrecy.AssertNoneIsStoredAsync(connection);
            isFine = true;
        }
        finally
        {
            if (isFine && pooled is not null)
                await DatabasePool.GiveBackAsync(pooled);
            else
                await TestServer.DropAsync(name);
        }
    }

    /// <summary>The same for a test that is over before the database is.</summary>
    internal TestDatabase Lend() => new(name, isLent: true) { scopeKey = scopeKey };

    internal Task<NpgsqlConnection> OpenAsync() => TestServer.OpenAsync(name);

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    private DatabaseOptions NewOptions() =>
        new() { Database = App, JobDatabase = Job, ScopeKey = scopeKey, DatabasePoolSize = 8 };

    private string For(string role, string? password)
    {
        var settings = new NpgsqlConnectionStringBuilder(
            ConnectionStrings.ForRole(TestServer.For(name), role, password))
        {
            // Many test classes share one server and its connections.
            MaxPoolSize = 16,
            ConnectionIdleLifetime = 5,
            ConnectionPruningInterval = 2,
        };
        return settings.ConnectionString;
    }
}
