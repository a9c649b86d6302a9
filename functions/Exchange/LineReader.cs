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

    private static BundleText Line(ReadOnlySequence<byte> line, long passed, int feed) => new(
        passed + line.Length > BytesMax ? null : line.ToArray(), passed + line.Length + feed);
}
