using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Assay;

/// <summary>
/// HMAC-SHA256 of what makes two requests the same: caller, method, address, type and content. Of a form it is the
/// parts, since whoever sends one again draws another boundary. It is made with the key that the sender chose, which is
/// stored nowhere: from a bare hash of a request, a password in it could be guessed.
/// </summary>
internal static class RequestFingerprint
{
    /// <summary>Characters, as RFC 2046 says.</summary>
    private const int BoundaryMax = 70;

    /// <summary>The body can be read again afterwards: what is large is kept in a temporary file.</summary>
    public static async Task<byte[]> OfAsync(
        HttpRequest request, string key, Guid caller, CancellationToken cancellation)
    {
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
        Append(hash, $"{caller}\n{request.Method}\n{request.Path}{request.QueryString}\n");
        if (BoundaryOf(request) is not { } boundary
            || !await TryAppendPartsAsync(hash, request, boundary, cancellation))
        {
            Append(hash, $"{request.ContentType}\n");
            request.Body.Position = 0;
            await AppendAsync(hash, request.Body, cancellation);
        }
        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }

    private static string? BoundaryOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary).Value is { Length: > 0 and <= BoundaryMax } boundary
            ? boundary
            : null;

    private static async Task<bool> TryAppendPartsAsync(
        IncrementalHash hash, HttpRequest request, string boundary, CancellationToken cancellation)
    {
        try
        {
            var reader = new MultipartReader(boundary, request.Body);
            for (var parts = 0; await reader.ReadNextSectionAsync(cancellation) is { } part; parts++)
            {
                if (parts == Upload.PartsMax)
                    return false;
                Append(hash, $"\n{part.ContentDisposition}\n{part.ContentType}\n");
                await AppendAsync(hash, part.Body, cancellation);
            }
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            // No form after all; the function will say so.
            return false;
        }
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

    private static async Task AppendAsync(IncrementalHash hash, Stream content, CancellationToken cancellation)
    {
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await content.ReadAsync(chunk, cancellation)) > 0)
            hash.AppendData(chunk, 0, read);
    }
}
