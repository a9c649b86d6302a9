using System.Collections.ObjectModel;

namespace Assay;

/// <summary>
/// What was expected, by the fields that hold something else: the first hundred, which is as many as anybody reads.
/// Whoever looks for errors stops when it is full.
/// </summary>
internal sealed class FieldErrors() : ReadOnlyDictionary<string, string[]>(new Dictionary<string, string[]>())
{
    public const int Max = 100;

    private const int FieldLengthMax = 400;
    private const int ExpectedLengthMax = 2_000;

    public FieldErrors(IEnumerable<KeyValuePair<string, string[]>> errors)
        : this()
    {
        foreach (var (field, expected) in errors.Take(Max))
            TryAdd(field, expected);
    }

    public bool IsFull => Count >= Max;

    /// <summary>False when it is full, or tells of the field already.</summary>
    public bool TryAdd(string field, params string[] expected) =>
        !IsFull
        && Dictionary.TryAdd(
            Cut(field, FieldLengthMax), [.. expected.Select(text => Cut(text, ExpectedLengthMax))]);

    // The name of an unknown member may be as long as a body.
    private static string Cut(string text, int most) => text.Length > most ? $"{text[..most]}…" : text;
}
