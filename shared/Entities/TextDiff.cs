using DiffPlex;
using DiffPlex.Model;

namespace Assay;

/// <summary>Compares texts line by line, and lines that changed word by word.</summary>
public static class TextDiff
{
    /// <summary>Characters of a line; longer ones are not compared word by word.</summary>
    public const int LineMax = 4000;

    private static readonly Differ differ = new();
    private static readonly char[] separators = [' ', '\t', '.', ',', ';', ':', '(', ')'];

    /// <param name="context">How many lines around those that differ are there, too.</param>
    /// <param name="budget">
    /// What comparing may still cost. Texts that cost more are one change, and lines that do are not compared word by
    /// word.
    /// </param>
    public static IReadOnlyList<DiffLine> Of(string before, string after, int context, DiffBudget budget)
    {
        var lines = All(before, after, budget);
        var (near, seen) = (new bool[lines.Count], 0);
        for (var n = 0; n < lines.Count; n++)
            if (lines[n].Kind != DiffKind.Same)
                for (seen = Math.Max(seen, n - context); seen < Math.Min(lines.Count, (long)n + context + 1); seen++)
                    near[seen] = true;
        return [.. lines.Where((_, n) => near[n])];
    }

    private static List<DiffLine> All(string before, string after, DiffBudget budget)
    {
        var (old, present) = (Lines(before), Lines(after));
        IList<DiffBlock> blocks = budget.TryTake(Differing(old, present))
            ? differ.CreateCustomDiffs(before, after, ignoreWhiteSpace: false, Lines).DiffBlocks
            : [new DiffBlock(0, old.Length, 0, present.Length)];
        var (lines, at, atNew) = (new List<DiffLine>(), 0, 0);
        foreach (var block in blocks)
        {
            while (at < block.DeleteStartA)
                lines.Add(Same(old, at++, atNew++));
            var both = Math.Min(block.DeleteCountA, block.InsertCountB);
            for (var n = 0; n < both; n++)
                lines.Add(Changed(old[at], at++, present[atNew], atNew++, budget));
            for (var n = both; n < block.DeleteCountA; n++)
                lines.Add(new(DiffKind.Removed, at + 1, null, old[at++], null, null));
            for (var n = both; n < block.InsertCountB; n++)
                lines.Add(new(DiffKind.Added, null, atNew + 1, null, present[atNew++], null));
        }
        while (at < old.Length)
            lines.Add(Same(old, at++, atNew++));
        return lines;
    }

    // Lines of both, without those that are the same at the beginning and at the end.
    private static int Differing(string[] old, string[] present)
    {
        var (both, start, end) = (Math.Min(old.Length, present.Length), 0, 0);
        while (start < both && old[start] == present[start])
            start++;
        while (end < both - start && old[^(end + 1)] == present[^(end + 1)])
            end++;
        return old.Length + present.Length - 2 * (start + end);
    }

    private static DiffLine Same(string[] old, int at, int atNew) =>
        new(DiffKind.Same, at + 1, atNew + 1, old[at], old[at], null);

    private static DiffLine Changed(string old, int at, string present, int atNew, DiffBudget budget) => new(
        DiffKind.Changed, at + 1, atNew + 1, old, present,
        old.Length > LineMax || present.Length > LineMax || !budget.TryTake(Pieces(old) + Pieces(present))
            ? null
            : Words(old, present));

    // Words, and each character between them.
    private static int Pieces(string line) => 1 + 2 * line.Count(separators.Contains);

    private static List<DiffWord> Words(string old, string present)
    {
        var diff = differ.CreateWordDiffs(old, present, ignoreWhitespace: false, separators);
        string[] before = [.. diff.PiecesOld], after = [.. diff.PiecesNew];
        var (words, at, atNew) = (new List<DiffWord>(), 0, 0);
        foreach (var block in diff.DiffBlocks)
        {
            Add(words, DiffKind.Same, before[at..block.DeleteStartA]);
            Add(words, DiffKind.Removed, before[block.DeleteStartA..(block.DeleteStartA + block.DeleteCountA)]);
            atNew += block.DeleteStartA - at;
            Add(words, DiffKind.Added, after[atNew..(atNew + block.InsertCountB)]);
            (at, atNew) = (block.DeleteStartA + block.DeleteCountA, atNew + block.InsertCountB);
        }
        Add(words, DiffKind.Same, before[at..]);
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
