using DiffPlex;
using DiffPlex.Model;

namespace Assay;

/// <summary>Compares texts line by line, and lines that changed word by word.</summary>
public static class TextDiff
{
    /// <summary>
    /// Characters of a line; longer ones are not compared word by word, which takes time by the square of what differs.
    /// </summary>
    public const int LineMax = 4000;

    /// <summary>Lines of both texts; longer ones are one change, for the same reason.</summary>
    public const int LinesMax = 20_000;

    private static readonly Differ differ = new();

    /// <param name="context">How many lines around those that differ are there, too.</param>
    public static IReadOnlyList<DiffLine> Of(string before, string after, int context)
    {
        var lines = All(before, after);
        var near = new bool[lines.Count];
        for (var n = 0; n < lines.Count; n++)
            if (lines[n].Kind != DiffKind.Same)
                for (var m = Math.Max(0, n - context); m <= Math.Min(lines.Count - 1L, (long)n + context); m++)
                    near[m] = true;
        return [.. lines.Where((_, n) => near[n])];
    }

    private static List<DiffLine> All(string before, string after)
    {
        var (old, present) = (Lines(before), Lines(after));
        IList<DiffBlock> blocks = old.Length + present.Length > LinesMax
            ? [new DiffBlock(0, old.Length, 0, present.Length)]
            : differ.CreateCustomDiffs(before, after, ignoreWhiteSpace: false, Lines).DiffBlocks;
        var (lines, at, atNew) = (new List<DiffLine>(), 0, 0);
        foreach (var block in blocks)
        {
            while (at < block.DeleteStartA)
                lines.Add(Same(old, at++, atNew++));
            var both = Math.Min(block.DeleteCountA, block.InsertCountB);
            for (var n = 0; n < both; n++)
                lines.Add(Changed(old[at], at++, present[atNew], atNew++));
            for (var n = both; n < block.DeleteCountA; n++)
                lines.Add(new(DiffKind.Removed, at + 1, null, old[at++], null, null));
            for (var n = both; n < block.InsertCountB; n++)
                lines.Add(new(DiffKind.Added, null, atNew + 1, null, present[atNew++], null));
        }
        while (at < old.Length)
            lines.Add(Same(old, at++, atNew++));
        return lines;
    }

    private static DiffLine Same(string[] old, int at, int atNew) =>
        new(DiffKind.Same, at + 1, atNew + 1, old[at], old[at], null);

    private static DiffLine Changed(string old, int at, string present, int atNew) => new(
        DiffKind.Changed, at + 1, atNew + 1, old, present,
        old.Length > LineMax || present.Length > LineMax ? null : Words(old, present));

    private static List<DiffWord> Words(string old, string present)
    {
        var diff = differ.CreateWordDiffs(
            old, present, ignoreWhitespace: false, [' ', '\t', '.', ',', ';', ':', '(', ')']);
        var (words, at, atNew) = (new List<DiffWord>(), 0, 0);
        foreach (var block in diff.DiffBlocks)
        {
            Add(words, DiffKind.Same, diff.PiecesOld[at..block.DeleteStartA]);
            Add(words, DiffKind.Removed, diff.PiecesOld[block.DeleteStartA..(block.DeleteStartA + block.DeleteCountA)]);
            atNew += block.DeleteStartA - at;
            Add(words, DiffKind.Added, diff.PiecesNew[atNew..(atNew + block.InsertCountB)]);
            (at, atNew) = (block.DeleteStartA + block.DeleteCountA, atNew + block.InsertCountB);
        }
        Add(words, DiffKind.Same, diff.PiecesOld[at..]);
        return words;
    }

    private static void Add(List<DiffWord> words, DiffKind kind, string[] pieces)
    {
        if (pieces.Length > 0)
            words.Add(new(kind, string.Concat(pieces)));
    }

    // Nothing is no line, for the library too.
    private static string[] Lines(string text) => text.Length == 0 ? [] : text.Split('\n');
}
