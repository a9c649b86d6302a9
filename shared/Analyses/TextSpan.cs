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

    /// <summary>Without the white space at both ends.</summary>
    internal TextSpan Trim(string text)
    {
        var (start, end) = (Start, End);
        while (start < end && char.IsWhiteSpace(text[start]))
            start++;
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        return new(start, end);
    }

    public string In(string text) => text[Start..End];

    public static TextSpan At(int position) => new(position, position);
}
