using System.Collections.Frozen;
using System.Globalization;

namespace Assay;

/// <summary>
/// What <c>unicode.txt</c> says of characters. The app runs without ICU (invariant globalization), where
/// <see cref="string.Normalize()"/> returns its text as it is.
/// </summary>
internal static class UnicodeTables
{
    private static readonly Dictionary<int, int[]> decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> compositions = [];
    private static readonly Dictionary<int, byte> classes = [];
    private static readonly HashSet<int> compatibility = [];

    static UnicodeTables()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("unicode.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            Add(line);
        (Decompositions, Compositions) = (decompositions.ToFrozenDictionary(), compositions.ToFrozenDictionary());
        (Classes, Compatibility) = (classes.ToFrozenDictionary(), compatibility.ToFrozenSet());
    }

    /// <summary>One or two characters for each that decomposes canonically; Hangul syllables are computed.</summary>
    public static FrozenDictionary<int, int[]> Decompositions { get; }

    public static FrozenDictionary<(int First, int Second), int> Compositions { get; }

    /// <summary>Canonical combining classes above 0.</summary>
    public static FrozenDictionary<int, byte> Classes { get; }

    /// <summary>Characters that stand for others: full-width and circled letters, ligatures and so on.</summary>
    public static FrozenSet<int> Compatibility { get; }

    private static void Add(string line)
    {
        var parts = line.TrimStart('@', '~').Split(' ');
        switch (line[0])
        {
            case '#':
                break;
            case '@':
                foreach (var character in Range(parts[1], parts[2]))
                    classes.Add(character, byte.Parse(parts[0], CultureInfo.InvariantCulture));
                break;
            case '~':
                compatibility.UnionWith(Range(parts[0], parts[1]));
                break;
            default:
                var into = parts.Skip(1).Where(part => part != "*").Select(Number).ToArray();
                decompositions.Add(Number(parts[0]), into);
                if (parts[^1] != "*")
                    compositions.Add((into[0], into[1]), Number(parts[0]));
                break;
        }
    }

    private static IEnumerable<int> Range(string first, string last) =>
        Enumerable.Range(Number(first), Number(last) - Number(first) + 1);

    private static int Number(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
