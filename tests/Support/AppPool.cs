using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Assay;

/// <summary>Apps that tests have done with, as they come: without settings or replacements of a test.</summary>
internal static class AppPool
{
    // Each of them goes on asking its database now and then.
    private const int IdleMax = 3;

    private static readonly ConcurrentBag<IdleApp> Idle = [];

    public static async Task<IdleApp> TakeAsync() =>
        Idle.TryTake(out var idle) ? idle : await IdleApp.StartAsync();

    /// <summary>Keeps it for the next test, or stops it where more is left of this one than can go.</summary>
    public static async Task GiveBackAsync(IdleApp app, bool isStopped)
    {
        if (!isStopped && Idle.Count < IdleMax && await app.TryForgetAsync())
            Idle.Add(app);
        else
            await app.App.DisposeAsync();
    }

    /// <summary>At the end of all tests.</summary>
    public static async Task StopAllAsync()
    {
        while (Idle.TryTake(out var idle))
            await idle.App.DisposeAsync();
    }
}

/// <summary>An app that goes from test to test, and what its database was like when it had just started.</summary>
internal sealed class IdleApp
{
    private readonly DatabaseOrigin origin;
    private readonly object noKeys;

    private IdleApp(AssayApp app, DatabaseOrigin origin)
    {
        (App, this.origin) = (app, origin);
        noKeys = Field<SigningKeys>("ring").GetValue(Service<SigningKeys>())!;
    }

    public AssayApp App { get; }

    public static async Task<IdleApp> StartAsync()
    {
        var app = await AssayApp.StartNewAsync();
        try
        {
            await using var connection = await app.Database.OpenAsync();
            return new(app, await DatabaseOrigin.ReadAsync(connection));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes it as it was when it had just started. False where that cannot be.</summary>
    public async Task<bool> TryForgetAsync()
    {
        if (!App.Answers.IsClean || !await MailIsOutAsync() || !await InboxIsEmptyAsync())
            return false;
        try
        {
            await using var connection = await App.Database.OpenAsync();
            await Secrecy.AssertNoneIsStoredAsync(connection);
            if (!await origin.TryRestoreAsync(connection, isServing: true))
                return false;
        }
        catch (Exception e) when (e is NpgsqlException or Xunit.Sdk.XunitException)
        {
            // As it stops, the same is found again, and told.
            return false;
        }
        Forget();
        return true;
    }

    // Of what it remembers, what is not under an id that no other test uses.
    private void Forget()
    {
        ((MemoryCache)Service<IMemoryCache>()).Clear();
        ((MemoryCache)Field<RateLimits>("callers").GetValue(Service<RateLimits>())!).Clear();
        ((IDictionary)Field<SettingMemory>("entries").GetValue(Service<SettingMemory>())!).Clear();
        Field<SigningKeys>("ring").SetValue(Service<SigningKeys>(), noKeys);
    }

    private async Task<bool> InboxIsEmptyAsync()
    {
        if (await App.Inbox.ExistsAsync())
            await foreach (var _ in App.Inbox.GetBlobsAsync())
                return false;
        return true;
    }

    // One letter after the other goes out, so what is added now comes last.
    private async Task<bool> MailIsOutAsync()
    {
        var isOut = new TaskCompletionSource();
        var add = typeof(MailQueue).GetMethod("TryAdd", BindingFlags.NonPublic | BindingFlags.Instance)!;
        Func<AccountMail, CancellationToken, Task> last = (_, _) =>
        {
            isOut.SetResult();
            return Task.CompletedTask;
        };
        return add.Invoke(Service<MailQueue>(), [null, last]) is true
            && await Task.WhenAny(isOut.Task, Task.Delay(TimeSpan.FromSeconds(2))) == isOut.Task;
    }

    private T Service<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    private static FieldInfo Field<T>(string name) =>
        typeof(T).GetField(name, BindingFlags.NonPublic | BindingFlags.Instance)!;
}
