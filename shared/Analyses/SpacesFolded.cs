namespace Assay;

internal static class SpacesFolded
{
    /// <summary>The text with every run of white space made one space, for comparing what reads the same.</summary>
    public static string Of(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
