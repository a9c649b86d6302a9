using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

public sealed record Arrival(string Function, string Name, string Content);

public sealed record Described(string Uri, string Color, long Length, string Path, string Client);

public sealed class InboxFunctions(Invocations invocations)
{
    [Function("Inbox")]
    public void Inbox(
        [BlobTrigger("%Inbox%/{organization}/{name}")] string content, string organization, string name) =>
        invocations.Add(new Arrival("Inbox", $"{organization}|{name}", content));
}

public sealed class TypedBlobFunctions(Invocations invocations)
{
    [Function("AsStream")]
    public async Task AsStream(
        [BlobTrigger("%Inbox%/{name}.md")] Stream content, string name, CancellationToken cancellation)
    {
        using var reader = new StreamReader(content);
        invocations.Add(new Arrival("AsStream", name, await reader.ReadToEndAsync(cancellation)));
    }

    [Function("AsBytes")]
    public void AsBytes([BlobTrigger("%Inbox%/{name}.md")] byte[] content, string name) =>
        invocations.Add(new Arrival("AsBytes", name, $"{content.Length}"));

    [Function("AsData")]
    public void AsData([BlobTrigger("%Inbox%/{name}.md")] BinaryData content, string name) =>
        invocations.Add(new Arrival("AsData", name, content.ToString()));

    [Function("AsClient")]
    public void AsClient(
        [BlobTrigger("%Inbox%/{name}.md")] BlobClient client,
        Uri uri,
        IDictionary<string, string> metadata,
        BlobProperties properties,
        string blobTrigger) =>
        invocations.Add(new Described(
            uri.AbsolutePath, metadata["color"], properties.ContentLength, blobTrigger, client.Name));

    [Function("Copy")]
    [BlobOutput("%Inbox%/copies/{name}.txt")]
    public string Copy(
        [BlobTrigger("%Inbox%/{name}.md")] string content,
        [BlobInput("%Inbox%/{name}.extra")] string? extra,
        [BlobInput("%Inbox%/none")] string? none) =>
        $"{content}+{extra}+{none ?? "null"}";
}

public sealed class StubbornFunctions(Invocations invocations, Mood mood)
{
    [Function("Stubborn")]
    public void Stubborn([BlobTrigger("%Inbox%/{name}")] string content, string name)
    {
        invocations.Add(new Arrival("Stubborn", name, content));
        if (mood.IsBad)
            throw new InvalidOperationException($"will not take {name}");
    }
}

public sealed class Mood
{
    public bool IsBad { get; set; } = true;
}
