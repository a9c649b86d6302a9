using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Assay;

/// <summary>A file that a request carries.</summary>
/// <param name="Name">Its path below the organization's folder of the inbox.</param>
internal sealed record Upload(
    string Name, string? Title, string? ContentType, ChunkSettings Settings, Func<Stream> Open)
{
    private const int NameLengthMax = 800;
    private const int FormOverhead = 64 * 1024;

    private static readonly string[] Fields = ["name", "title", "chunkSize", "chunkOverlap", "encoding"];

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
            var options = new FormOptions { MultipartBodyLengthLimit = bytesMax, MemoryBufferThreshold = 1024 * 1024 };
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

        var errors = new Dictionary<string, string[]>();
        foreach (var key in form.Keys.Where(key => !Fields.Contains(key)))
            errors[key] = ["is not a field of this form"];
        if (form.Files.Count != 1 || form.Files[0].Name != "file")
            errors["file"] = ["expected exactly one file, in the part named file"];
        if (errors.Count > 0)
            return (null, Problems.Invalid(errors));

        var file = form.Files[0];
        if (file.Length == 0)
            return (null, Problems.Invalid("file", "expected at least one byte"));

        return Read(key => form[key], file.FileName, file.ContentType, file.OpenReadStream);
    }

    private static (Upload?, Problem?) ReadBody(HttpRequest request)
    {
        if (!request.Query.ContainsKey("name"))
            return (null, Problems.UnsupportedMediaType("multipart/form-data, or a file as the body with ?name="));
        if (request.ContentLength == 0)
            return (null, Problems.Invalid("body", "expected at least one byte"));

        return Read(key => request.Query[key], null, request.ContentType, () => request.Body);
    }

    private static (Upload?, Problem?) Read(
        Func<string, string?> field, string? fileName, string? contentType, Func<Stream> open)
    {
        var errors = new Dictionary<string, string[]>();
        var name = field("name") is { Length: > 0 } given ? given : fileName;
        if (!IsName(name))
            errors["name"] = [$"expected a path of at most {NameLengthMax} characters without empty or dotted parts"];

        var title = field("title") is { Length: > 0 } text ? text.Trim() : null;
        if (title is { Length: 0 or > ReceivedFile.TitleLengthMax } || title?.Any(char.IsControl) is true)
            errors["title"] = [$"expected 1 to {ReceivedFile.TitleLengthMax} characters that show"];

        var settings = new ChunkSettings(
            Number("chunkSize", ChunkSettings.SizeDefault),
            Number("chunkOverlap", ChunkSettings.OverlapDefault),
            Encoding());
        if (!errors.ContainsKey("chunkSize") && !errors.ContainsKey("chunkOverlap") && settings.Fault() is { } fault)
            errors[fault.Field] = [$"expected {fault.Expected}"];

        return errors.Count > 0
            ? (null, Problems.Invalid(errors))
            : (new Upload(name!, title, contentType, settings, open), null);

        int Number(string key, int otherwise)
        {
            if (field(key) is not { Length: > 0 } digits)
                return otherwise;
            if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return number;

            errors[key] = ["expected a whole number"];
            return otherwise;
        }

        TokenEncoding Encoding()
        {
            if (field("encoding") is not { Length: > 0 } encoding)
                return TokenEncoding.Cl100k;
            if (TokenEncodings.Find(encoding) is { } found)
                return found;

            errors["encoding"] = ["expected cl100k or o200k"];
            return TokenEncoding.Cl100k;
        }
    }

    private static bool IsName(string? name) =>
        name is { Length: > 0 and <= NameLengthMax }
        && !name.Any(c => char.IsControl(c) || c == '\\')
        && name.Split('/').All(part => part.Trim() is { Length: > 0 } and not ("." or ".."));
}
