using System.Text;

namespace Assay;

/// <summary>Replace <paramref name="Span"/> of the analyzed text by <paramref name="Replacement"/>.</summary>
/// <param name="Rule">Id of the lint rule that proposes it.</param>
public sealed record Patch(string Rule, TextSpan Span, string Replacement, string Description)
{
    public static Patch Example => new(
        "vague-quantifier", new(12, 24), "three examples", "Say how many instead of “some examples”.");

    /// <summary>The improved text.</summary>
    /// <param name="patches">Ordered by position and not overlapping, as <see cref="Choose"/> leaves them.</param>
    /// <exception cref="ArgumentException">A patch overlaps the one before it or lies outside the text.</exception>
    public static string Apply(string text, IEnumerable<Patch> patches)
    {
        var improved = new StringBuilder(text.Length + 256);
        var position = 0;
        foreach (var patch in patches)
        {
            if (patch.Span.Start < position || patch.Span.End < patch.Span.Start || patch.Span.End > text.Length)
                throw new ArgumentException(
                    $"The patch of {patch.Span.Start}–{patch.Span.End} does not follow {position}.", nameof(patches));

            improved.Append(text, position, patch.Span.Start - position).Append(patch.Replacement);
            position = patch.Span.End;
        }

        return improved.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>
    /// The patches of <paramref name="findings"/> that apply together, in the order of their positions. Of two that
    /// overlap, the more severe finding's is kept, then the earlier one.
    /// </summary>
    public static IReadOnlyList<Patch> Choose(IEnumerable<Finding> findings)
    {
        var chosen = new List<Patch>();
        var wanted = findings
            .Where(finding => finding.Patch is not null)
            .OrderByDescending(finding => finding.Severity)
            .ThenBy(finding => finding.Patch!.Span.Start)
            .Select(finding => finding.Patch!);
        foreach (var patch in wanted)
        {
            if (!chosen.Any(other => other.Span.Overlaps(patch.Span) || other == patch))
                chosen.Add(patch);
        }

        return [.. chosen.OrderBy(patch => patch.Span.Start).ThenBy(patch => patch.Span.End)];
    }
}
