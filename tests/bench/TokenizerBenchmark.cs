namespace Assay.Bench;

/// <summary>Exact byte-pair encoding on one core, beside the package whose vocabulary is used.</summary>
internal sealed class TokenizerBenchmark : IBenchmark
{
    private const int Characters = 1_000_000;

    private static readonly (TokenEncoding Ours, string Theirs)[] Encodings =
        [(TokenEncoding.Cl100k, "cl100k_base"), (TokenEncoding.O200k, "o200k_base")];

    public string Name => "tokenizer";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        var table = new Table(
            "Encode a million characters, MB of UTF-8 per second on one core",
            "text", "Assay", "js-tiktoken", "ratio");
        using var texts = new TextFiles();
        await using var peer = await Peer.StartAsync("tokenizer.mjs");
        foreach (var (extension, kind) in new[] { (".cs", "C#"), (".md", "Markdown") })
        {
            var text = Repository.Text(extension, Characters);
            var file = texts.Add(text);
            foreach (var (encoding, theirs) in Encodings)
            {
                var (ours, tokens) = await CompareAsync(text, encoding, peer, new { file, encoding = theirs });
                table.Add([$"{kind}, {theirs}, {tokens:N0} tokens", .. ours]);
            }
        }

        return [table];
    }

    private static async Task<(string[] Cells, int Tokens)> CompareAsync(
        string text, TokenEncoding encoding, Peer peer, object request)
    {
        var tokenizer = Tokenizer.Get(encoding);
        var (ours, theirs) = (0, 0);
        var seconds = await Measure.TakeTurnsAsync(
            () => Task.FromResult(Measure.Seconds(() => ours = tokenizer.Encode(text).Count)),
            async () =>
            {
                var round = await peer.RoundAsync(request);
                theirs = round.Count;
                return round.Seconds;
            });
        if (ours != theirs)
            throw new InvalidOperationException($"Different work: {ours} tokens here, {theirs} in js-tiktoken.");

        return (TextFiles.Rates(text, seconds), ours);
    }
}
