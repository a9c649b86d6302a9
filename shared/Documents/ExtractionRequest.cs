namespace Assay;

/// <summary>Asks for the text of a file.</summary>
internal sealed record ExtractionRequest(byte[] File, string Name, string? ContentType) : DocumentRequest
{
    public const byte Kind = 1;

    public override Action<BinaryWriter> Work()
    {
        var extraction = TextExtraction.Extract(File, Name, ContentType);
        return writer => WriteAnswer(writer, extraction);
    }

    public override void Write(BinaryWriter writer)
    {
        writer.Write(Kind);
        writer.Write(Name);
        DocumentWire.WriteOptional(writer, ContentType);
        DocumentWire.WriteBytes(writer, File);
    }

    public static ExtractionRequest Read(BinaryReader reader)
    {
        var name = reader.ReadString();
        var contentType = DocumentWire.ReadOptional(reader);
        return new(DocumentWire.ReadBytes(reader), name, contentType);
    }

    public static Extraction ReadAnswer(BinaryReader reader)
    {
        if (!reader.ReadBoolean())
            return new Extraction.Rejected(reader.ReadString(), reader.ReadString());

        var layout = (TextLayout)reader.ReadByte();
        var contentType = reader.ReadString();
        var title = DocumentWire.ReadOptional(reader);
        return new Extraction.Extracted(new(DocumentWire.ReadText(reader), layout, contentType, title));
    }

    private static void WriteAnswer(BinaryWriter writer, Extraction extraction)
    {
        writer.Write(extraction is Extraction.Extracted);
        if (extraction is Extraction.Rejected rejected)
        {
            writer.Write(rejected.Code);
            writer.Write(rejected.Detail);
        }
        else if (extraction is Extraction.Extracted(var text))
        {
            writer.Write((byte)text.Layout);
            writer.Write(text.ContentType);
            DocumentWire.WriteOptional(writer, text.Title);
            DocumentWire.WriteText(writer, text.Text);
        }
    }
}
