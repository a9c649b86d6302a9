using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;

namespace Assay;

/// <summary>The body of <c>POST /analyses/{id}/patched</c>.</summary>
/// <param name="Patches">Places in the analysis's list of patches, from 0; all when absent.</param>
public sealed record PatchChoice([MaxLength(10_000)] IReadOnlyList<int>? Patches = null)
{
    public static PatchChoice Example => new([0, 2]);

    public bool TryApply(AnalysisDetail analysis, [NotNullWhen(true)] out PatchedText? patched, out string error)
    {
        var proposed = AnalysisJson.Read<IReadOnlyList<Patch>>(analysis.Patches);
        var chosen = (Patches ?? [.. Enumerable.Range(0, proposed.Count)]).Distinct().Order().ToList();
        if (chosen.Exists(place => place < 0 || place >= proposed.Count))
        {
            patched = null;
            error = proposed.Count == 0
                ? "expected none; no patch is proposed"
                : $"expected places from 0 to {proposed.Count - 1}";
            return false;
        }

        var applied = chosen.ConvertAll(place => proposed[place]);
        patched = new(Patch.Apply(analysis.PromptContent, applied), applied);
        error = "";
        return true;
    }
}

/// <summary>An improved prompt and the changes that led to it.</summary>
public sealed record PatchedText(string Text, IReadOnlyList<Patch> Applied);
