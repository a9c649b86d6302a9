using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Assay;

/// <summary>Bytes to text: UTF-8, or what a byte order mark says, and never with replacement characters.</summary>
internal static class TextDecoding
{
    /// <summary>How much of a text is looked at to tell whether it is one.</summary>
    private const int SampleLength = 64 * 1024;

    /// <summary>
    /// Null when <paramref name="text"/> holds the whole text, without its byte order mark. Carriage returns that end
    /// lines by themselves are line feeds in it.
    /// </summary>
    public static Extraction.Rejected? Decode(ReadOnlySpan<byte> file, out string text)
    {
        Extraction.Rejected? rejected = null;
        text = "";
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            rejected = DecodeUtf16(file, bigEndian: false, ref text);
        else if (file.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            rejected = DecodeUtf16(file, bigEndian: true, ref text);
        else
            rejected = DecodeUtf8(file, ref text);

        text = WithLineFeeds(text);
        return rejected ?? CheckControls(text);
    }

    private static string WithLineFeeds(string text)
    {
        if (!text.Contains('\r'))
            return text;
        return string.Create(text.Length, text, static (chars, text) =>
        {
            for (var index = 0; index < chars.Length; index++)
                chars[index] = text[index] == '\r' && (index + 1 == text.Length || text[index + 1] != '\n')
                    ? '\n'
                    : text[index];
        });
    }

    private static Extraction.Rejected? DecodeUtf8(ReadOnlySpan<byte> file, ref string text)
    {
        var mark = file.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0;
        var zero = file.IndexOf((byte)0);
        if (zero >= 0)
            return Binary(zero);

        var chars = ArrayPool<char>.Shared.Rent(file.Length);
        try
        {
            var status = Utf8.ToUtf16(
                file[mark..], chars, out var read, out var written, replaceInvalidSequences: false);
            if (status != OperationStatus.Done)
                return Invalid("UTF-8", mark + read);

            text = new string(chars, 0, written);
            return null;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    private static Extraction.Rejected? DecodeUtf16(ReadOnlySpan<byte> file, bool bigEndian, ref string text)
    {
        const int Mark = 2;
        var name = bigEndian ? "UTF-16 (big endian)" : "UTF-16 (little endian)";
        if (file.Length % 2 != 0)
            return Invalid(name, file.Length - 1);

        var chars = new char[file.Length / 2 - 1];
        for (var index = 0; index < chars.Length; index++)
        {
            var unit = file.Slice(Mark + 2 * index, 2);
            chars[index] = (char)(bigEndian
                ? BinaryPrimitives.ReadUInt16BigEndian(unit)
                : BinaryPrimitives.ReadUInt16LittleEndian(unit));
        }

        for (var index = 0; index < chars.Length; index++)
        {
            if (chars[index] == '\0')
                return Binary(Mark + 2 * index);
            if (!char.IsSurrogate(chars[index]))
                continue;
            if (index + 1 == chars.Length || !char.IsSurrogatePair(chars[index], chars[index + 1]))
                return Invalid(name, Mark + 2 * index);

            index++;
        }

        text = new string(chars);
        return null;
    }

    /// <summary>Text holds few control characters besides white space, backspace and escape.</summary>
    private static Extraction.Rejected? CheckControls(string text)
    {
        var sample = text.AsSpan(0, Math.Min(text.Length, SampleLength));
        var controls = 0;
        foreach (var value in sample)
        {
            if (value < ' ' && value is not ('\t' or '\n' or '\v' or '\f' or '\r' or '\b' or '\u001b'))
                controls++;
        }

        return controls * 32 > sample.Length
            ? new(RejectionCode.Binary, $"The file is not text: {controls} of its first {sample.Length} characters "
                + "are control characters.")
            : null;
    }

    private static Extraction.Rejected Binary(int offset) =>
        new(RejectionCode.Binary, $"The file is not text: it has a zero byte at offset {offset}. "
            + "(Text in UTF-16 needs a byte order mark.)");

    private static Extraction.Rejected Invalid(string encoding, int offset) =>
        new(RejectionCode.InvalidEncoding, $"The file is not valid {encoding}: see the byte at offset {offset}.");
}
