namespace Assay;

/// <summary>How a text is cut, in tokens of an encoding.</summary>
/// <param name="Size">The most tokens a chunk has, 32–8192.</param>
/// <param name="Overlap">The most tokens a chunk repeats of the one before it, at most half the size.</param>
public sealed record ChunkSettings(
    int Size = ChunkSettings.SizeDefault,
    int Overlap = ChunkSettings.OverlapDefault,
    TokenEncoding Encoding = TokenEncoding.Cl100k)
{
    public const int SizeDefault = 512;
    public const int SizeMin = 32;
    public const int SizeMax = 8192;
    public const int OverlapDefault = 50;

    /// <summary>Null when the settings can be used; otherwise the field at fault and what it should be.</summary>
    public (string Field, string Expected)? Fault() => this switch
    {
        { Size: < SizeMin or > SizeMax } => ("chunkSize", $"a whole number from {SizeMin} to {SizeMax}"),
        { Overlap: < 0 } => ("chunkOverlap", "a whole number from 0 to half of chunkSize"),
        _ when Overlap > Size / 2 => ("chunkOverlap", $"a whole number from 0 to {Size / 2}, half of chunkSize"),
        _ => null,
    };
}

/// <summary>A part of a text.</summary>
/// <param name="Start">Where it starts, in UTF-16 code units of the text.</param>
/// <param name="End">Where it ends, exclusive. The next chunk starts here, or before it by the overlap.</param>
/// <param name="Tokens">The exact number of tokens of the part by itself.</param>
/// <param name="HeadingPath">The headings above it, outermost first; for a table its header.</param>
public sealed record Chunk(int Index, int Start, int End, int Tokens, IReadOnlyList<string> HeadingPath);
