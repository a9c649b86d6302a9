using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Assay.Bench;

/// <summary>A bundle of prompts of 10 KB, or of versions of one prompt, that is made up while it is sent.</summary>
internal sealed class BundleContent : HttpContent
{
    private static readonly DateTimeOffset began = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly long bytesMax;
    private readonly int versions;

    /// <param name="megabytes">As many bytes at most, in MiB.</param>
    /// <param name="versions">1 for as many prompts as there is room for; else that many of one.</param>
    public BundleContent(int megabytes, int versions)
    {
        (bytesMax, this.versions) = (megabytes * 1024L * 1024, versions);
        Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
    }

    /// <summary>Those that were sent.</summary>
    public int Lines { get; private set; }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var random = new Random(1);
        var (id, sent) = (Guid.NewGuid(), 0L);
        // What is sent at once is a chunk, and what stands between chunks counts, too.
        var buffered = new BufferedStream(stream, 64 * 1024);
        var next = """{"format":"assay-bundle","version":1}"""u8.ToArray();
        for (Lines = 0; sent + next.Length < bytesMax && (versions == 1 || Lines <= versions);)
        {
            await buffered.WriteAsync(next);
            buffered.WriteByte((byte)'\n');
            sent += next.Length + 1;
            Lines++;
            next = Encoding.UTF8.GetBytes(
                versions == 1 ? Line(Guid.NewGuid(), 10_000, "", random) : Line(
                    id, (int)(bytesMax / versions - 1000), History(Lines), random));
        }
        await buffered.FlushAsync();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    private static string Line(Guid id, int length, string history, Random random)
    {
        var words = Enumerable.Range(0, length / 10).Select(_ => random.Next(100_000_000, 1_000_000_000));
        return $"{{\"kind\":\"entity\",\"id\":\"{id}\",\"type\":\"prompt\",\"title\":\"A prompt\","
            + $"\"content\":{{\"text\":\"{string.Join(' ', words)}\"}}{history}}}";
    }

    // Each version but the last ends when the next one begins.
    private string History(int version) =>
        $",\"version\":{version},\"validFrom\":\"{Moment(version)}\""
        + (version == versions ? "" : $",\"validTo\":\"{Moment(version + 1)}\"");

    private static string Moment(int version) =>
        began.AddSeconds(version).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
