namespace Assay;

/// <summary>Asks for the chunks of a text.</summary>
internal sealed record CuttingRequest(string Text, TextLayout Layout, ChunkSettings Settings) : DocumentRequest
{
    public const byte Kind = 2;

    public override Action<BinaryWriter> Work()
    {
        var chunks = Chunker.Split(Text, Layout, Settings, Chunker.ChunksMax);
        return writer => WriteAnswer(writer, chunks);
    }

    public override void Write(BinaryWriter writer)
    {
        writer.Write(Kind);
        writer.Write((byte)Layout);
        writer.Write(Settings.Size);
        writer.Write(Settings.Overlap);
        writer.Write((byte)Settings.Encoding);
        DocumentWire.WriteText(writer, Text);
    }

    public static CuttingRequest Read(BinaryReader reader)
    {
        var layout = (TextLayout)reader.ReadByte();
        var settings = new ChunkSettings(reader.ReadInt32(), reader.ReadInt32(), (TokenEncoding)reader.ReadByte());
        return new(DocumentWire.ReadText(reader), layout, settings);
    }

    /// <summary>Null when there are too many.</summary>
    public static IReadOnlyList<Chunk>? ReadAnswer(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (count < 0)
            return null;

        var chunks = new Chunk[count];
        IReadOnlyList<string> path = [];
        for (var index = 0; index < count; index++)
        {
            var (start, end, tokens) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
            if (reader.ReadBoolean())
                path = ReadPath(reader);
            chunks[index] = new(index, start, end, tokens, path);
        }

        return chunks;
    }

    private static void WriteAnswer(BinaryWriter writer, IReadOnlyList<Chunk>? chunks)
    {
        writer.Write(chunks?.Count ?? -1);
        IReadOnlyList<string>? path = null;
        foreach (var chunk in chunks ?? [])
        {
            writer.Write(chunk.Start);
            writer.Write(chunk.End);
            writer.Write(chunk.Tokens);

            // The chunks of a section share its path.
            var isNew = !ReferenceEquals(path, chunk.HeadingPath);
            writer.Write(isNew);
            if (isNew)
                WritePath(writer, chunk.HeadingPath);
            path = chunk.HeadingPath;
        }
    }

    private static void WritePath(BinaryWriter writer, IReadOnlyList<string> path)
    {
        writer.Write(path.Count);
        foreach (var title in path)
            writer.Write(title);
    }

    private static string[] ReadPath(BinaryReader reader)
    {
        var path = new string[reader.ReadInt32()];
        for (var index = 0; index < path.Length; index++)
            path[index] = reader.ReadString();

        return path;
    }
}
