using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Assay;

/// <summary>A request that was made to cost as much as possible.</summary>
/// <param name="Name">What it is, for the message of a test that fails.</param>
internal sealed record HostileRequest(string Name, Func<HttpClient, Task<HttpResponseMessage>> SendAsync);

/// <summary>The corpus of hostile requests, made anew each time.</summary>
internal static class HostileRequests
{
    private const int Megabyte = 1024 * 1024;

    public static IEnumerable<HostileRequest> All(Guid template) =>
        Documents().Concat(Analyses()).Concat(Compositions(template)).Concat(Bodies()).Concat(Searches())
            .Concat(Imports());

    private static IEnumerable<HostileRequest> Documents()
    {
        foreach (var (shape, make) in Shapes.Pages)
            yield return Document(shape, ".html", make(128 * 1024));
        foreach (var (shape, make) in Shapes.Texts)
            yield return Document(shape, shape.Contains("column") ? ".csv" : ".md", make(64 * 1024));

        // These have no text, so that nothing but reading them costs.
        foreach (var shape in new[] { "formatting never closed", "nested blocks", "end tags alone", "attributes" })
            yield return Document($"32 MiB of {shape}", ".html", Shapes.Pages[shape](32 * Megabyte - 1000));
        yield return Document("100,000 columns", ".csv", Shapes.Texts["columns"](800_000));
        yield return Document("chunks without end", ".md", Shapes.Repeat("# a\nb\n", 8 * Megabyte));
        yield return Document("a zip bomb", ".zip", "PK\u0003\u0004" + new string('\0', Megabyte));
        yield return Document("a zip bomb in Word", ".docx", "PK\u0003\u0004" + new string('\0', Megabyte));
        yield return Document("billion laughs", ".xml", Laughs);
        yield return Document("half a character", ".txt", "\ud800\udc00" + Shapes.Repeat("\u0301\u202e\ufeff", 50_000));
    }

    private static IEnumerable<HostileRequest> Analyses()
    {
        foreach (var (shape, make) in Shapes.Prompts.Concat(Shapes.Texts))
            yield return Analysis(shape, make(96 * 1024), "auto");
        foreach (var shape in new[] { "placeholders in a code block", "lists of lists of variables", "closing marks" })
            yield return Analysis($"a megabyte of {shape}", Shapes.Prompts[shape](Megabyte - 100), "auto");
        yield return Analysis("billion laughs", Laughs, "xml");
        yield return Analysis("elements 100,000 deep", Shapes.Repeat("<a>", 300_000), "xml");
        yield return Analysis("a token of a megabyte", new string('a', Megabyte), "text");
        yield return Analysis("more than is accepted", new string('a', 4 * Megabyte), "text");
    }

    private static IEnumerable<HostileRequest> Compositions(Guid template)
    {
        foreach (var length in new[] { 1_000, 10_000 })
        {
            yield return new($"a composition of 200,000 times {length} characters", client => client.PostAsJsonAsync(
                $"/api/templates/{template}/compose", new { variables = new { a = new string('x', length) } }));
        }
    }

    private static IEnumerable<HostileRequest> Bodies()
    {
        var deep = new string('[', 200_000) + new string(']', 200_000);
        yield return Body("JSON 200,000 deep", "prompts", Prompt(deep));
        yield return Body("a number of 200,000 digits", "prompts", Prompt($"{{\"a\":1{new string('0', 200_000)}}}"));
        foreach (var number in new[] { "1e200000", "1e131072", "1e-16384" })
            yield return Body($"the number {number}", "prompts", Prompt($"{{\"a\":{number}}}"));
        yield return Body("arrays without end", "prompts", Prompt($"[{Shapes.Repeat("[],", 3_000_000)}0]"));
        yield return Body("unknown members", "prompts", Members(600_000));
        var empty = $"[{Shapes.Repeat("{},", 8_000_000)}{{}}]";
        yield return Body("empty operations", "entities/bulk", $"{{\"operations\":{empty}}}");
        yield return Body("empty items", "entities/bulk", $"{{\"items\":{empty}}}");
        yield return Body("no JSON", "prompts", Shapes.Repeat("{\"", 1_000_000));
    }

    private static IEnumerable<HostileRequest> Searches()
    {
        foreach (var mode in new[] { "text", "vector", "hybrid" })
        {
            foreach (var unit in new[] { "a ", "a* ", "-a ", "\"a b\" ", "or ", "\"", "(" })
            {
                yield return new($"a search for {unit} in mode {mode}", client => client.PostAsJsonAsync(
                    "/api/search", new { query = Shapes.Repeat(unit, 1_000), mode }));
            }
        }
    }

    private static IEnumerable<HostileRequest> Imports()
    {
        yield return Lines("an import of newlines", new string('\n', 16 * Megabyte));
        yield return Lines("an import of one line", new string('x', 4 * Megabyte));
        yield return Lines("an import of brackets", Shapes.Repeat("[\n", Megabyte));
    }

    private static string Laughs =>
        "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\">"
        + string.Concat(Enumerable.Range(1, 9).Select(level =>
            $"<!ENTITY lol{level} \"{Shapes.Repeat($"&lol{(level == 1 ? "" : $"{level - 1}")};", 60)}\">"))
        + "]><lolz>&lol9;</lolz>";

    private static string Prompt(string metadata) =>
        $"{{\"title\":\"a\",\"content\":{{\"text\":\"a\"}},\"metadata\":{metadata}}}";

    private static string Members(int count) =>
        $"{{\"title\":\"a\"{string.Concat(Enumerable.Range(0, count).Select(number => $",\"m{number}\":1"))}}}";

    private static HostileRequest Document(string name, string extension, string content) =>
        new($"the document {name}", client =>
        {
            var form = new MultipartFormDataContent
            {
                { new ByteArrayContent(Encoding.UTF8.GetBytes(content)), "file", $"{Guid.NewGuid():n}{extension}" },
            };
            return client.PostAsync("/api/documents", form);
        });

    private static HostileRequest Analysis(string name, string text, string format) =>
        new($"the analysis of {name}", client => client.PostAsJsonAsync("/api/analyses", new { text, format }));

    private static HostileRequest Body(string name, string path, string json) =>
        new($"a body with {name}", client => client.PostAsync(
            $"/api/{path}", new StringContent(json, Encoding.UTF8, "application/json")));

    private static HostileRequest Lines(string name, string lines) =>
        new(name, client =>
        {
            var content = new StringContent(lines, Encoding.UTF8);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
            return client.PostAsync("/api/import", content);
        });
}
