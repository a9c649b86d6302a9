using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Assay;

/// <summary>A file that a request carries.</summary>
/// <param name="Name">Its path below the organization's folder of the inbox.</param>
internal sealed record Upload(
    string Name, string? Title, string? ContentType, ChunkSettings Settings, Func<Stream> Open)
{
    private const int FormOverhead = 64 * 1024;

    /// <summary>More than there are fields.</summary>
    public const int PartsMax = 16;

    /// <summary>The upload, or the problem that says why there is none.</summary>
    public static Task<(Upload? Upload, Problem? Problem)> ReadAsync(
        HttpRequest request, int bytesMax, CancellationToken cancellation)
    {
        if (request.ContentLength > bytesMax + FormOverhead)
            return Task.FromResult<(Upload?, Problem?)>((null, Problems.TooLarge(bytesMax)));

        return request.HasFormContentType
            ? ReadFormAsync(request, bytesMax, cancellation)
            : Task.FromResult(ReadBody(request));
    }

    private static async Task<(Upload?, Problem?)> ReadFormAsync(
        HttpRequest request, int bytesMax, CancellationToken cancellation)
    {
        IFormCollection form;
        try
        {
            // What passes the threshold is kept in a temporary file until the request ends.
            var options = new FormOptions
            {
                MultipartBodyLengthLimit = bytesMax,
                MemoryBufferThreshold = 1024 * 1024,
                ValueCountLimit = PartsMax,
                ValueLengthLimit = FormOverhead,
            };
            form = await request.ReadFormAsync(options, cancellation);
        }
        catch (InvalidDataException e) when (e.Message.Contains("length limit", StringComparison.Ordinal))
        {
            return (null, Problems.TooLarge(bytesMax));
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return (null, Problems.Malformed("The form is not well-formed multipart/form-data."));
        }

        if (Query.Read<UploadFields>(form, out var fields) is { } problem)
            return (null, problem);
        if (request.Query.Count > 0)
            return (null, Problems.Malformed("With a form, the fields are in the form and not in the query."));
        if (form.Files.Count != 1 || form.Files[0].Name != "file")
            return (null, Problems.Invalid("file", "expected exactly one file, in the part named file"));
        if (form.Files[0].Length == 0)
            return (null, Problems.Invalid("file", "expected at least one byte"));

        return Make(fields, form.Files[0].FileName, form.Files[0].ContentType, form.Files[0].OpenReadStream);
    }

    private static (Upload?, Problem?) ReadBody(HttpRequest request)
    {
        if (!request.Query.ContainsKey("name"))
            return (null, Problems.UnsupportedMediaType("multipart/form-data, or a file as the body with ?name="));
        if (request.ContentLength == 0)
            return (null, Problems.Invalid("body", "expected at least one byte"));
        return Query.Read<UploadFields>(request, out var fields) is { } problem
            ? (null, problem)
            : Make(fields, null, request.ContentType, () => request.Body);
    }

    private static (Upload?, Problem?) Make(
        UploadFields fields, string? fileName, string? contentType, Func<Stream> open)
    {
        var name = fields.Name ?? fileName;
        return name is null || !UploadFields.IsPath(name)
            ? (null, Problems.Invalid("name", UploadFields.PathExpected))
            : (new Upload(name, fields.Title?.Trim(), contentType, fields.Settings, open), null);
    }
}
