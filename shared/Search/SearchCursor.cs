using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Assay;

/// <summary>What a search found, without what it looks like.</summary>
/// <param name="VectorRank">0 where that ranking did not see it.</param>
public sealed record RankedContent(ContentKind Kind, Guid Id, float Score, ushort VectorRank, ushort TextRank);

/// <summary>
/// The order of what comes behind a page, fixed when the search began: whatever is added, changed or removed meanwhile,
/// nothing comes twice and nothing is left out. It is bound to its search, whose permissions are asked for again.
/// </summary>
internal static class SearchCursor
{
    private const int SearchLength = 8;
    private const int ItemLength = 25;

    public static string Write(ContentQuery search, IReadOnlyList<RankedContent> rest)
    {
        var bytes = new byte[SearchLength + rest.Count * ItemLength];
        Identify(search).CopyTo(bytes, 0);
        for (var index = 0; index < rest.Count; index++)
        {
            var item = bytes.AsSpan(SearchLength + index * ItemLength, ItemLength);
            item[0] = (byte)rest[index].Kind;
            rest[index].Id.TryWriteBytes(item[1..]);
            BinaryPrimitives.WriteSingleLittleEndian(item[17..], rest[index].Score);
            BinaryPrimitives.WriteUInt16LittleEndian(item[21..], rest[index].VectorRank);
            BinaryPrimitives.WriteUInt16LittleEndian(item[23..], rest[index].TextRank);
        }
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Null when the search has none, or one that is not its own.</summary>
    public static IReadOnlyList<RankedContent>? Read(ContentQuery search)
    {
        if (search.After is not { } text || !Base64Url.IsValid(text))
            return null;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length < SearchLength || (bytes.Length - SearchLength) % ItemLength != 0
            || !bytes.AsSpan(0, SearchLength).SequenceEqual(Identify(search)))
        {
            return null;
        }
        return [.. bytes.Skip(SearchLength).Chunk(ItemLength).Select(ReadItem)];
    }

    private static RankedContent ReadItem(byte[] item) => new(
        item[0] == (byte)ContentKind.Chunk ? ContentKind.Chunk : ContentKind.Entity,
        new Guid(item.AsSpan(1, 16)),
        BinaryPrimitives.ReadSingleLittleEndian(item.AsSpan(17)) is var score && float.IsFinite(score) ? score : 0,
        BinaryPrimitives.ReadUInt16LittleEndian(item.AsSpan(21)),
        BinaryPrimitives.ReadUInt16LittleEndian(item.AsSpan(23)));

    private static byte[] Identify(ContentQuery search) =>
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
            search with { After = null, Facets = false, Limit = 1 }))[..SearchLength];
}
