using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// Writes what episodes and activities came to, one commit after the other. Whatever is ready while a commit is under
/// way goes into the next, so that the busier the worker is, the more a commit carries.
/// </summary>
internal sealed class Committer(
    long worker, DurableOptions options, DurableDatabase database, Outage outage, ActivityRunner activities,
    DurableMeter meter, ILogger<Committer> logger, Action<CommitBatch> published)
{
    // Bounds a batch's memory and the time that others wait for it.
    const int ItemsMax = 500;
    const long CharactersMax = 16_000_000;

    readonly Channel<CommitItem> queue =
        Channel.CreateUnbounded<CommitItem>(new() { SingleReader = true });
    long commits;
    int waiting;

    /// <summary>Whether other processes need to be told of new work.</summary>
    public Func<bool> Notify { get; set; } = () => true;

    public bool IsIdle => Volatile.Read(ref waiting) == 0;

    public void Enqueue(CommitItem item)
    {
        Interlocked.Increment(ref waiting);
        queue.Writer.TryWrite(item);
    }

    /// <exception cref="LeaseLostException">The database knows this worker no more.</exception>
    public async Task RunAsync(CancellationToken ended)
    {
        List<CommitItem> items = [];
        while (await queue.Reader.WaitToReadAsync(ended))
        {
            for (var room = CharactersMax;
                items.Count < ItemsMax && room > 0 && queue.Reader.TryRead(out var item);
                room -= item.Characters)
            {
                items.Add(Fitting(item));
            }
            await CommitAsync(items, ended);
            Interlocked.Add(ref waiting, -items.Count);
            items.Clear();
        }
    }

    /// <summary>More than the protocol can carry would cut the connection, at every try.</summary>
    CommitItem Fitting(CommitItem item) => item.Characters <= options.CommitCharactersMax
        ? item
        : Refused(item, new InvalidOperationException(
            $"It has {item.Characters:n0} characters, and at most {options.CommitCharactersMax:n0} can be stored."));

    CommitItem Refused(CommitItem item, Exception refusal)
    {
        logger.LogError(refusal, "The database refused what an orchestration or activity came to.");
        return item.Refused(refusal);
    }

    async Task CommitAsync(IReadOnlyList<CommitItem> items, CancellationToken ended)
    {
        var batch = new CommitBatch(worker, commits + 1, options, () => activities.TryReserve(alone: !Notify()));
        foreach (var item in items)
            item.AddTo(batch);
        var began = Stopwatch.GetTimestamp();
        try
        {
            await outage.RetryAsync(stop => WriteAsync(batch, stop), IsFinal, ended);
        }
        catch (Exception exception) when (Outage.IsAboutData(exception))
        {
            activities.Release(batch.Mine.Count);
            await CommitApartAsync(items, exception, ended);
            return;
        }
        commits++;
        meter.Committed(items.Count, Stopwatch.GetElapsedTime(began));
        activities.Forget(batch.ActivitiesDone);
        foreach (var item in items)
            item.Committed();
        batch.Mine.ForEach(activities.Start);
        published(batch);
    }

    /// <summary>Finds the item that the database refuses, and commits its refusal in its place.</summary>
    async Task CommitApartAsync(IReadOnlyList<CommitItem> items, Exception refusal, CancellationToken ended)
    {
        if (items.Count > 1)
        {
            foreach (var item in items)
                await CommitAsync([item], ended);
            return;
        }
        if (items[0].IsRefused)
            throw refusal;
        await CommitAsync([Refused(items[0], refusal)], ended);
    }

    async Task<bool> WriteAsync(CommitBatch batch, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var statements = batch.Build(connection, Notify());
        try
        {
            await statements.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState == LeaseLostException.AppliedBefore)
        {
            // The answer to an earlier try was lost, not the commit.
        }
        catch (PostgresException exception) when (exception.SqlState == LeaseLostException.LeaseLost)
        {
            throw new LeaseLostException();
        }
        return true;
    }

    static bool IsFinal(Exception exception) => exception is LeaseLostException || Outage.IsAboutData(exception);
}

/// <summary>Another worker took over what this one held. It may start again under another number.</summary>
internal sealed class LeaseLostException() : Exception("The worker lost its lease.")
{
    public const string LeaseLost = "DF001";

    public const string AppliedBefore = "DF002";
}
