namespace Assay.Bench;

/// <summary>
/// Chunks of 512 tokens with 50 overlap. Of the peers, one cuts anywhere and one, like ours, at headings and
/// paragraphs; both count tokens with js-tiktoken.
/// </summary>
internal sealed class ChunkerBenchmark : IBenchmark
{
    private const int Characters = 400_000;

    public string Name => "chunker";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        var table = new Table(
            "Split 400,000 characters into chunks of 512 tokens, MB of UTF-8 per second on one core",
            "text", "Assay", "TokenTextSplitter", "MarkdownTextSplitter", "ratio to the one", "to the other");
        using var texts = new TextFiles();
        await using var peer = await Peer.StartAsync("chunker.mjs");
        foreach (var (extension, kind, layout) in new[]
        {
            (".md", "Markdown", TextLayout.Markdown), (".cs", "C#", TextLayout.Plain),
        })
        {
            var text = Repository.Text(extension, Characters);
            var file = texts.Add(text);
            var chunks = 0;
            var seconds = await Measure.TakeTurnsAsync(
                () => Task.FromResult(Measure.Seconds(
                    () => chunks = Chunker.Split(text, layout, new ChunkSettings()).Count)),
                () => PeerAsync(peer, file, "tokens"),
                () => PeerAsync(peer, file, "markdown"));
            table.Add([$"{kind}, {chunks} chunks", .. TextFiles.Rates(text, seconds)]);
        }

        return [table];
    }

    private static async Task<double> PeerAsync(Peer peer, string file, string splitter) =>
        (await peer.RoundAsync(new { file, splitter })).Seconds;
}
