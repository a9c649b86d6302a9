using System.Runtime.InteropServices;

namespace Assay;

/// <summary>Work on a document that can be done in another process.</summary>
internal abstract record DocumentRequest
{
    /// <summary>Does the work; what comes of it writes itself.</summary>
    public abstract Action<BinaryWriter> Work();

    public abstract void Write(BinaryWriter writer);
}

/// <summary>What one process tells another about work on documents. Both are of one build.</summary>
internal static class DocumentWire
{
    public const int BufferBytes = 64 * 1024;

    private enum Outcome : byte { Done, OutOfMemory, Fault }

    /// <summary>Null at the end of the input.</summary>
    public static DocumentRequest? TryReadRequest(Stream input)
    {
        var kind = input.ReadByte();
        if (kind < 0)
            return null;

        var reader = new BinaryReader(input);
        return kind == ExtractionRequest.Kind ? ExtractionRequest.Read(reader) : CuttingRequest.Read(reader);
    }

    public static void WriteDone(Stream output, Action<BinaryWriter> answer)
    {
        var writer = new BinaryWriter(output);
        writer.Write((byte)Outcome.Done);
        answer(writer);
        writer.Flush();
    }

    public static void WriteOutOfMemory(Stream output)
    {
        output.WriteByte((byte)Outcome.OutOfMemory);
        output.Flush();
    }

    public static void WriteFault(Stream output, Exception fault)
    {
        var writer = new BinaryWriter(output);
        writer.Write((byte)Outcome.Fault);
        writer.Write(fault.ToString());
        writer.Flush();
    }

    /// <exception cref="OutOfMemoryException">The other process ran out of memory.</exception>
    /// <exception cref="InvalidOperationException">The work failed there.</exception>
    /// <exception cref="EndOfStreamException">The other process ended.</exception>
    public static T ReadAnswer<T>(BinaryReader reader, Func<BinaryReader, T> read) => (Outcome)reader.ReadByte() switch
    {
        Outcome.Done => read(reader),
        Outcome.OutOfMemory => throw new OutOfMemoryException(),
        _ => throw new InvalidOperationException($"Work on a document failed: {reader.ReadString()}"),
    };

    public static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    public static byte[] ReadBytes(BinaryReader reader)
    {
        var bytes = new byte[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>As it is in memory: long texts are neither converted nor held twice.</summary>
    public static void WriteText(BinaryWriter writer, string text)
    {
        writer.Write(text.Length);
        writer.Write(MemoryMarshal.AsBytes(text.AsSpan()));
    }

    public static string ReadText(BinaryReader reader) => string.Create(
        reader.ReadInt32(), reader.BaseStream,
        static (text, stream) => stream.ReadExactly(MemoryMarshal.AsBytes(text)));

    public static void WriteOptional(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        writer.Write(text ?? "");
    }

    public static string? ReadOptional(BinaryReader reader)
    {
        var isThere = reader.ReadBoolean();
        var text = reader.ReadString();
        return isThere ? text : null;
    }
}
