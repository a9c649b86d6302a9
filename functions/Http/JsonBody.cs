using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>A request body that was read, or the problem that says why it could not be.</summary>
public sealed record JsonBody<T>(T? Value, Problem? Problem)
    where T : class;

public static class JsonBody
{
    /// <summary>1 MB of text is up to 6 MB of JSON escapes, and then there is room for the other members.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    private const int BufferBytes = 64 * 1024;

    private static readonly JsonDocumentOptions strict = new() { AllowDuplicateProperties = false };

    /// <summary>
    /// Reads a JSON object. Problems: 415 for another content type, 413 above <see cref="BytesMax"/>, 400 for broken
    /// JSON and for every member that is unknown, missing or of the wrong type, 422 for every one that breaks a rule of
    /// its data annotations or of the record's own, or <see cref="JsonLimits"/>; named, up to a hundred of them.
    /// </summary>
    public static async Task<JsonBody<T>> ReadAsync<T>(HttpRequest request, CancellationToken cancellation)
        where T : class
    {
        var (document, problem) = await ReadDocumentAsync(request, cancellation);
        using (document)
            return document is null ? new(null, problem) : Make<T>(document.RootElement);
    }

    /// <summary>The body as it is, of whatever shape.</summary>
    /// <param name="contentType">One to take beside <c>application/json</c>.</param>
    internal static async Task<(JsonDocument? Document, Problem? Problem)> ReadDocumentAsync(
        HttpRequest request, CancellationToken cancellation, string contentType = "application/json")
    {
        if (!request.HasJsonContentType())
            return (null, Problems.UnsupportedMediaType(contentType));
        if (request.ContentLength > BytesMax)
            return (null, Problems.TooLarge(BytesMax));

        try
        {
            // Not disposed of: the document reads from it. A length that is only declared takes no memory.
            var buffer = new MemoryStream((int)Math.Min(request.ContentLength ?? 4096, BufferBytes));
            if (!await TryCopyAsync(request.Body, buffer, cancellation))
                return (null, Problems.TooLarge(BytesMax));
            var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
            if (bytes.Length >= LargeTurn.SizeMin && LargeTurn.Of(request.HttpContext) is { } turn)
                await turn.TakeAsync(cancellation);
            return JsonLimits.FindFault(bytes.Span) is { } fault
                ? (null, ProblemOf(fault))
                : (JsonDocument.Parse(bytes, strict), null);
        }
        catch (JsonException e)
        {
            return (null, Problems.Malformed(
                $"The body is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."));
        }
    }

    /// <summary>The value of JSON that fits its type and obeys its rules, or the problem with it.</summary>
    internal static JsonBody<T> Make<T>(JsonElement json)
        where T : class
    {
        var errors = JsonShape.Check(json, Json.Options.GetTypeInfo(typeof(T)));
        if (errors.Count > 0)
            return new(null, Problems.Malformed("Some members of the body are not as expected; see errors.", errors));

        var value = json.Deserialize<T>(Json.Options)!;
        return Validation.Check(value) is { Count: > 0 } broken
            ? new(null, Problems.Invalid(broken))
            : new(value, null);
    }

    private static Problem ProblemOf(JsonFault fault)
    {
        var errors = new FieldErrors();
        errors.TryAdd(fault.Path, fault.Expected);
        return fault.IsText
            ? Problems.Malformed("The body holds text that cannot be stored; see errors.", errors)
            : Problems.Invalid(errors);
    }

    // A body without a declared length is measured as it comes.
    private static async Task<bool> TryCopyAsync(Stream body, MemoryStream buffer, CancellationToken cancellation)
    {
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(chunk, cancellation)) > 0)
        {
            if (buffer.Length + read > BytesMax)
                return false;
            buffer.Write(chunk, 0, read);
        }
        return true;
    }
}
