using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>A page to read the description by, and to try the API. It needs nothing from elsewhere.</summary>
public sealed class DocsPage
{
    private static readonly string style = Read("page.css");
    private static readonly string script = Read("page.js");

    private static readonly string html = Read("page.html")
        .Replace("/*style*/", style, StringComparison.Ordinal)
        .Replace("/*script*/", script, StringComparison.Ordinal);

    // The page's own style and script, by their hashes, and requests to where it came from; nothing else.
    private static readonly string policy =
        $"default-src 'none'; style-src '{Hash(style)}'; script-src '{Hash(script)}'; connect-src 'self'; "
        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>This API in a browser: operations, schemas, examples, and a form to try them.</summary>
    [Function(nameof(BrowseApi))]
    [Operation(Permissions.Anyone)]
    public IResult BrowseApi(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "docs")] HttpRequest request)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers["Referrer-Policy"] = "no-referrer";
        return Results.Text(html, "text/html", Encoding.UTF8);
    }

    private static string Hash(string content) =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";

    private static string Read(string name)
    {
        using var stream = typeof(DocsPage).Assembly.GetManifestResourceStream($"OpenApi/{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
