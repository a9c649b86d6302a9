using System.Buffers;
using System.IO.Pipelines;

namespace Assay;

/// <summary>A line, without what ends it.</summary>
/// <param name="Text">Null for one of more than <see cref="LineReader.BytesMax"/>.</param>
/// <param name="Bytes">With what ends it.</param>
internal sealed record BundleText(byte[]? Text, long Bytes);

/// <summary>Takes a stream apart at its line feeds, one line at a time.</summary>
internal sealed class LineReader(Stream stream)
{
    /// <summary>The most bytes of a line: those of a body, which would hold one version.</summary>
    public const int BytesMax = JsonBody.BytesMax;

    private readonly PipeReader reader = PipeReader.Create(stream, new(bufferSize: 64 * 1024));

    /// <summary>Null at the end.</summary>
    public async ValueTask<BundleText?> ReadAsync(CancellationToken cancellation)
    {
        for (var passed = 0L; ;)
        {
            var read = await reader.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Line(buffer.Slice(0, end), passed, 1);
                reader.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }
            if (read.IsCompleted)
            {
                var last = passed + buffer.Length > 0 ? Line(buffer, passed, 0) : null;
                reader.AdvanceTo(buffer.End);
                return last;
            }

            var isTooLong = buffer.Length > BytesMax;
            passed += isTooLong ? buffer.Length : 0;
            reader.AdvanceTo(isTooLong ? buffer.End : buffer.Start, buffer.End);
        }
    }

    /// <summary>
    /// Passes over blank lines, and blanks in front of the next other one, all at once: they cost next to nothing,
    /// however many there are. Returns how many bytes and line feeds they have.
    /// </summary>
    /// <param name="enough">Bytes to stop behind.</param>
    public async ValueTask<(long Bytes, int Lines)> SkipBlankAsync(long enough, CancellationToken cancellation)
    {
        for (var (bytes, lines) = (0L, 0); ;)
        {
            var read = await reader.ReadAsync(cancellation);
            var (blank, feeds) = Blank(read.Buffer);
            (bytes, lines) = (bytes + blank, lines + feeds);
            var isOver = blank < read.Buffer.Length || read.IsCompleted || bytes > enough;
            reader.AdvanceTo(read.Buffer.GetPosition(blank));
            if (isOver)
                return (bytes, lines);
        }
    }

    private static (long Bytes, int Lines) Blank(ReadOnlySequence<byte> buffer)
    {
        var (bytes, lines) = (0L, 0);
        foreach (var memory in buffer)
        {
            var end = memory.Span.IndexOfAnyExcept((byte)'\n', (byte)'\r', (byte)' ');
            var blank = end < 0 ? memory.Span : memory.Span[..end];
            (bytes, lines) = (bytes + blank.Length, lines + blank.Count((byte)'\n'));
            if (end >= 0)
                break;
        }
        return (bytes, lines);
    }

    private static BundleText Line(ReadOnlySequence<byte> line, long passed, int feed) => new(
        passed + line.Length > BytesMax ? null : line.ToArray(), passed + line.Length + feed);
}
