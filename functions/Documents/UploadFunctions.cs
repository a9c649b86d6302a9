using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// The door for files that are sent. A file is written to the inbox, where the blob trigger sees it too: whichever
/// comes first records it, the other finds it recorded.
/// </summary>
public sealed class UploadFunctions(
    DocumentStore documents,
    CurrentCaller caller,
    AdmittedRuns admitted,
    Settings settings,
    Inbox inbox,
    IOptions<DocumentOptions> limits)
{
    /// <summary>
    /// A form with the part <c>file</c> and optional fields, or a file as the body and the fields in the query, of
    /// which <c>name</c> is then required. A file of the same name is replaced.
    /// </summary>
    [Function(nameof(AddDocument))]
    [Operation(
        Permissions.DocumentsWrite, Query = typeof(UploadFields), TakesFile = true, Answer = typeof(Document),
        Status = 202, BodyBytesMax = 104_857_600, SecondsMax = 230)]
    public async Task<IResult> AddDocument(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "documents")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        var values = await settings.SnapshotAsync(cancellation);
        var bytesMax = values.Unclaimed
            ? Math.Min(limits.Value.BytesMax, values.Get(KnownSettings.UnclaimedDocumentBytes))
            : limits.Value.BytesMax;
        var (upload, problem) = await Upload.ReadAsync(request, bytesMax, cancellation);
        if (upload is null)
            return problem!;

        var path = $"{caller.Value.OrganizationSlug}/{upload.Name}";
        try
        {
            var document = await ReceiveAsync(upload, path, bytesMax, cancellation);
            await durable.StartAsync(admitted, cancellation);
            return Runs.Accepted(document.Id, document);
        }
        catch (FileTooLargeException)
        {
            return Problems.TooLarge(bytesMax);
        }
    }

    private async Task<Document> ReceiveAsync(
        Upload upload, string path, long bytesMax, CancellationToken cancellation)
    {
        await using var content = upload.Open();
        var file = await inbox.WriteAsync(
            path, content, upload.Title, upload.ContentType, upload.Settings, bytesMax, cancellation);
        try
        {
            return await documents.ReceiveAsync(file, cancellation);
        }
        catch (Exception refused) when (refused is CapReachedException or BacklogFullException)
        {
            // What is refused is not left in the inbox, where it would be tried again.
            if (!await documents.ExistsAtAsync(path, cancellation))
                await inbox.DeleteAsync(path, cancellation);
            throw;
        }
    }
}
