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

    /// <summary>
    /// Reads a JSON object. Problems: 415 for another content type, 413 above <see cref="BytesMax"/>, 400 for broken
    /// JSON and for every member that is unknown, missing or of the wrong type, 422 for every one that breaks a rule of
    /// its data annotations or of the record's own; all of them named.
    /// </summary>
    public static async Task<JsonBody<T>> ReadAsync<T>(HttpRequest request, CancellationToken cancellation)
        where T : class
    {
        if (!request.HasJsonContentType())
            return new(null, Problems.UnsupportedMediaType("application/json"));
        if (request.ContentLength > BytesMax)
            return new(null, Problems.TooLarge(BytesMax));

        try
        {
            using var buffer = new MemoryStream((int)(request.ContentLength ?? 4096));
            if (!await TryCopyAsync(request.Body, buffer, cancellation))
                return new(null, Problems.TooLarge(BytesMax));
            return Read<T>(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
        }
        catch (JsonException e)
        {
            return new(null, Problems.Malformed(
                $"The body is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."));
        }
    }

    private static JsonBody<T> Read<T>(ReadOnlyMemory<byte> utf8)
        where T : class
    {
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var errors = JsonShape.Check(document.RootElement, Json.Options.GetTypeInfo(typeof(T)));
        if (errors.Count > 0)
            return new(null, Problems.Malformed("Some members of the body are not as expected; see errors.", errors));

        var value = document.RootElement.Deserialize<T>(Json.Options)!;
        return Validation.Check(value) is { Count: > 0 } broken
            ? new(null, Problems.Invalid(broken))
            : new(value, null);
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
