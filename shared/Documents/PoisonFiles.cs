using System.Text;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Assay;

/// <summary>
/// Files of the inbox that the host gave up on: five tries fail within seconds, as all of them do while the database is
/// away. The host names them in a queue of the storage account, for seven days.
/// </summary>
public sealed class PoisonFiles(QueueServiceClient queues, BlobContainerClient container)
{
    /// <summary>The name that the blob trigger gives it.</summary>
    public const string QueueName = "webjobs-blobtrigger-poison";

    private const int BatchSize = 32;
    private const int BatchesMax = 32;

    // What is read is hidden from other processes for as long.
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(5);

    private readonly QueueClient queue = queues.GetQueueClient(QueueName);

    /// <summary>How many there are, those of other containers of the account included.</summary>
    public async Task<int> CountAsync(CancellationToken cancellation)
    {
        try
        {
            return (await queue.GetPropertiesAsync(cancellation)).Value.ApproximateMessagesCount;
        }
        catch (RequestFailedException none) when (none.Status == 404)
        {
            return 0;
        }
    }

    /// <summary>
    /// Offers the path of each of this inbox's files, and forgets those that are taken. The others come again next
    /// time, after those that have not come yet.
    /// </summary>
    /// <param name="receive">Returns whether it took the file.</param>
    public async Task RetryAsync(Func<string, Task<bool>> receive, CancellationToken cancellation)
    {
        List<QueueMessage> kept = [];
        try
        {
            for (var batch = 0; batch < BatchesMax; batch++)
            {
                var messages = await ReceiveAsync(cancellation);
                foreach (var message in messages)
                {
                    if (PathOf(message) is { } path && await receive(path))
                        await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellation);
                    else
                        kept.Add(message);
                }
                if (messages.Length < BatchSize)
                    return;
            }
        }
        finally
        {
            foreach (var message in kept)
                await ReleaseAsync(message);
        }
    }

    private async Task<QueueMessage[]> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            return (await queue.ReceiveMessagesAsync(BatchSize, Hold, cancellation)).Value;
        }
        catch (RequestFailedException none) when (none.Status == 404)
        {
            return [];
        }
    }

    private async Task ReleaseAsync(QueueMessage message)
    {
        try
        {
            await queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero);
        }
        catch (RequestFailedException gone) when (gone.Status is 400 or 404)
        {
            // Another process has it, or nobody any more.
        }
    }

    /// <summary>Null when the message is about another container, or is none of the blob trigger's.</summary>
    private string? PathOf(QueueMessage message)
    {
        try
        {
            var text = message.MessageText;
            if (!text.StartsWith('{'))
                text = Encoding.UTF8.GetString(Convert.FromBase64String(text));
            var file = JsonSerializer.Deserialize<PoisonFile>(text);
            return file?.ContainerName == container.Name ? file.BlobName : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException)
        {
            return null;
        }
    }

    private sealed record PoisonFile(string? ContainerName, string? BlobName);
}
