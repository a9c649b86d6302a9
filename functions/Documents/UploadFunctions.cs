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
    OrganizationScope scope,
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
        var bytesMax = limits.Value.BytesMax;
        var (upload, problem) = await Upload.ReadAsync(request, bytesMax, cancellation);
        if (upload is null)
            return problem!;

        var organizationId = scope.Id!.Value;
        try
        {
            await using var content = upload.Open();
            var file = await inbox.WriteAsync(
                $"{caller.Value.OrganizationSlug}/{upload.Name}",
                content,
                upload.Title,
                upload.ContentType,
                upload.Settings,
                bytesMax,
                cancellation);
            var document = await documents.ReceiveAsync(file, cancellation);
            if (document.Status == DocumentStatus.Pending)
                await DocumentIngestion.StartAsync(durable, organizationId, document.Id, cancellation);

            return Runs.Accepted(document.Id, document);
        }
        catch (FileTooLargeException)
        {
            return Problems.TooLarge(bytesMax);
        }
    }
}
