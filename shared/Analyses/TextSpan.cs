using System.Text.Json.Serialization;

namespace Assay;

/// <summary>A half-open range of UTF-16 code units in the analyzed text; empty marks a place to insert at.</summary>
public readonly record struct TextSpan(int Start, int End)
{
    [JsonIgnore]
    public int Length => End - Start;

    /// <summary>Neighbours and two insertions at one place do not overlap; an insertion inside a range does.</summary>
    public bool Overlaps(TextSpan other) => Start < other.End && other.Start < End;

    public bool Contains(int position) => Start <= position && position < End;

    public string In(string text) => text[Start..End];

    public static TextSpan At(int position) => new(position, position);
}
