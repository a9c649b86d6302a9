using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>What a sender says of a file: in a form beside it, or in the query when the file is the body.</summary>
/// <param name="Name">Its path below the organization's folder; by default the file's own name.</param>
/// <param name="Title">What to call it; by default the file's own title, or else its name.</param>
/// <param name="ChunkSize">Tokens of a chunk.</param>
/// <param name="ChunkOverlap">Tokens that a chunk shares with the one before, at most half of chunkSize.</param>
/// <param name="Encoding">How tokens are counted.</param>
public sealed record UploadFields(
    [MaxLength(UploadFields.NameLengthMax)] string? Name,
    [MaxLength(ReceivedFile.TitleLengthMax)] string? Title,
    [AllowedValues("cl100k", "o200k")] string? Encoding,
    [Range(ChunkSettings.SizeMin, ChunkSettings.SizeMax)] int ChunkSize = ChunkSettings.SizeDefault,
    int ChunkOverlap = ChunkSettings.OverlapDefault) : IValidatableObject
{
    internal const int NameLengthMax = 800;

    internal ChunkSettings Settings => new(
        ChunkSize, ChunkOverlap, Encoding is null ? TokenEncoding.Cl100k : TokenEncodings.Find(Encoding)!.Value);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Name is not null && !IsPath(Name))
            yield return new(PathExpected, [nameof(Name)]);
        if (Title is not null && (Title.Trim().Length == 0 || Title.Any(char.IsControl)))
            yield return new("expected characters that show", [nameof(Title)]);
        if (ChunkOverlap < 0 || ChunkOverlap > ChunkSize / 2)
            yield return new(
                $"expected a whole number from 0 to {ChunkSize / 2}, half of chunkSize", [nameof(ChunkOverlap)]);
    }

    internal static string PathExpected =>
        $"expected a path of at most {NameLengthMax} characters without empty or dotted parts";

    internal static bool IsPath(string name) =>
        name is { Length: > 0 and <= NameLengthMax }
        // The last two are no characters, and no name of a blob may hold them.
        && !name.Any(c => char.IsControl(c) || c is '\\' or '\uFFFE' or '\uFFFF')
        && name.Split('/').All(part => part.Trim() is { Length: > 0 } and not ("." or ".."));
}
