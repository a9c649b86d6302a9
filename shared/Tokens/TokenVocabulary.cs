using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Assay;

/// <summary>
/// The tokens of one encoding and their ranks, in three flat arrays: 3 MB for cl100k, 6 MB for o200k.
/// The data come from the npm package js-tiktoken (MIT); infra/dev/vocabulary.mjs describes the file.
/// </summary>
internal sealed class TokenVocabulary
{
    /// <summary>The rank of bytes that are no token; greater than every rank.</summary>
    public const int None = int.MaxValue;

    private readonly byte[] bytes;
    private readonly int[] starts;

    /// <summary>
    /// Open addressing; a slot is the hash above the rank plus one, so that a miss rarely reads the bytes.
    /// </summary>
    private readonly ulong[] slots;

    /// <summary>The ranks of all two-byte sequences: every merge begins with them.</summary>
    private readonly int[] pairs = new int[1 << 16];
    private readonly int[] singles = new int[1 << 8];

    private TokenVocabulary(byte[] bytes, int[] starts)
    {
        this.bytes = bytes;
        this.starts = starts;
        slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)(starts.Length * 2))];
        for (var rank = 0; rank < Count; rank++)
        {
            Add(rank);
            LengthMax = Math.Max(LengthMax, starts[rank + 1] - starts[rank]);
        }

        Span<byte> pair = stackalloc byte[2];
        for (var index = 0; index < pairs.Length; index++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(pair, (ushort)index);
            pairs[index] = Find(pair);
        }

        for (var index = 0; index < singles.Length; index++)
            singles[index] = Find([(byte)index]);
    }

    public int Count => starts.Length - 1;

    /// <summary>The length in bytes of the longest token.</summary>
    public int LengthMax { get; }

    public static TokenVocabulary Load(TokenEncoding encoding)
    {
        var name = $"{encoding.Name()}_base.tokens.br";
        using var resource = typeof(TokenVocabulary).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The vocabulary {name} is missing from the assembly.");
        using var unpacked = new MemoryStream(1 << 21);
        using (var brotli = new BrotliStream(resource, CompressionMode.Decompress))
            brotli.CopyTo(unpacked);

        var file = unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length);
        var starts = new List<int>(1 << 18) { 0 };
        var bytes = new byte[file.Length];
        var end = 0;
        for (var at = 0; at < file.Length; at += 1 + file[at])
        {
            file.Slice(at + 1, file[at]).CopyTo(bytes.AsSpan(end));
            end += file[at];
            starts.Add(end);
        }

        return new TokenVocabulary(bytes[..end], [.. starts]);
    }

    /// <summary>The bytes of a token.</summary>
    public ReadOnlySpan<byte> Bytes(int rank) => bytes.AsSpan(starts[rank]..starts[rank + 1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Single(byte value) => singles[value];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Pair(byte first, byte second) => pairs[first << 8 | second];

    /// <summary>The rank of the token with exactly these bytes, or <see cref="None"/>.</summary>
    public int Find(ReadOnlySpan<byte> token)
    {
        var hash = Hash(token);
        var mask = (uint)slots.Length - 1;
        for (var slot = hash & mask; slots[slot] != 0; slot = slot + 1 & mask)
        {
            if ((uint)(slots[slot] >> 32) != hash)
                continue;

            var rank = (int)(uint)slots[slot] - 1;
            if (Bytes(rank).SequenceEqual(token))
                return rank;
        }

        return None;
    }

    private void Add(int rank)
    {
        var hash = Hash(Bytes(rank));
        var mask = (uint)slots.Length - 1;
        var slot = hash & mask;
        while (slots[slot] != 0)
            slot = slot + 1 & mask;

        slots[slot] = (ulong)hash << 32 | (uint)(rank + 1);
    }

    private static uint Hash(ReadOnlySpan<byte> token)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        var hash = (ulong)token.Length * Multiplier;
        while (token.Length >= sizeof(ulong))
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(token)) * Multiplier;
            hash ^= hash >> 29;
            token = token[sizeof(ulong)..];
        }

        // What is left is under eight bytes: two reads that may overlap cover it without a loop.
        if (token.Length >= sizeof(uint))
        {
            var first = BinaryPrimitives.ReadUInt32LittleEndian(token);
            var last = BinaryPrimitives.ReadUInt32LittleEndian(token[^sizeof(uint)..]);
            hash = (hash ^ ((ulong)last << 32 | first)) * Multiplier;
        }
        else if (token.Length > 0)
        {
            var few = (uint)token[0] << 16 | (uint)token[token.Length / 2] << 8 | token[^1];
            hash = (hash ^ few) * Multiplier;
        }

        return (uint)((hash ^ hash >> 32) * Multiplier >> 32);
    }
}
