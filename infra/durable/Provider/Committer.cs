using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// Writes what episodes and activities came to, one commit after the other. Whatever is ready while a commit is under
/// way goes into the next, so that the busier the worker is, the more a commit carries.
/// </summary>
internal sealed class Committer(
    Worker worker, Database database, Func<CommitBatch, string?> notification, ILogger logger)
{
    // Bounds a batch's memory and the time that others wait for it.
    const int ItemsMax = 1_000;
    const long CharactersMax = 16_000_000;

    readonly Channel<CommitItem> queue = Channel.CreateUnbounded<CommitItem>(new() { SingleReader = true });
    long commits;

    /// <summary>After the end of the worker, what is enqueued fails.</summary>
    public Task Enqueue(CommitItem item)
    {
        if (!queue.Writer.TryWrite(item))
            item.Fail(new LeaseLostException());
        return item.Done;
    }

    public void Close()
    {
        queue.Writer.TryComplete();
        while (queue.Reader.TryRead(out var item))
            item.Fail(new LeaseLostException());
    }

    /// <exception cref="LeaseLostException">The database knows this worker no more.</exception>
    public async Task RunAsync(CancellationToken ended)
    {
        List<CommitItem> items = [];
        try
        {
            while (await queue.Reader.WaitToReadAsync(ended))
            {
                var room = CharactersMax;
                while (items.Count < ItemsMax && room > 0 && queue.Reader.TryRead(out var item))
                {
                    if (item is PauseCommit pause)
                    {
                        await CommitAllAsync(items, ended);
                        await pause.RunAsync(ended);
                        continue;
                    }
                    items.Add(item);
                    room -= item.Characters;
                }
                await CommitAllAsync(items, ended);
            }
        }
        finally
        {
            items.ForEach(item => item.Fail(new LeaseLostException()));
            Close();
        }
    }

    async Task CommitAllAsync(List<CommitItem> items, CancellationToken ended)
    {
        if (items.Count > 0)
            await CommitAsync(items, ended);
        items.Clear();
    }

    async Task CommitAsync(List<CommitItem> items, CancellationToken ended)
    {
        var batch = new CommitBatch(worker, commits + 1);
        Exception? refusal = null;
        try
        {
            items.ForEach(item => item.AddTo(batch));
            await database.RetryAsync(stop => WriteAsync(batch, stop), ended);
        }
        catch (Exception exception) when (exception is InstanceGoneException || Database.IsAboutData(exception))
        {
            refusal = exception;
        }
        catch
        {
            items.ForEach(item => item.RolledBack());
            throw;
        }
        if (refusal is not null)
        {
            items.ForEach(item => item.RolledBack());
            await CommitApartAsync(items, refusal, ended);
            return;
        }
        commits++;
        foreach (var item in items)
        {
            item.Committed();
            item.Complete();
        }
        worker.Committed(batch);
    }

    /// <summary>Finds the item that the database refuses, and tells only that one.</summary>
    async Task CommitApartAsync(List<CommitItem> items, Exception refusal, CancellationToken ended)
    {
        if (items is [var single])
        {
            logger.LogWarning(refusal, "The database refused what an orchestration or activity came to.");
            single.Fail(refusal);
            return;
        }
        foreach (var item in items)
            await CommitAsync([item], ended);
    }

    async Task<bool> WriteAsync(CommitBatch batch, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var statements = batch.Build(database, connection, notification(batch));
        try
        {
            await database.PrepareAsync(statements, cancellation);
            await statements.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState == "DT002")
        {
            // The answer to an earlier try was lost, not the commit.
        }
        catch (PostgresException exception) when (exception.SqlState == "DT001")
        {
            throw new LeaseLostException();
        }
        catch (PostgresException exception) when (exception.SqlState == "DT003")
        {
            throw new InstanceGoneException();
        }
        return true;
    }
}

/// <summary>Another worker took over what this one held. It may start again under another number.</summary>
internal sealed class LeaseLostException() : Exception("The worker lost its lease.");

/// <summary>An instance was replaced or purged while it was being dispatched.</summary>
internal sealed class InstanceGoneException() : Exception("The instance was replaced or purged.");
