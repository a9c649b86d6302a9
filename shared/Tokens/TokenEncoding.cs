namespace Assay;

/// <summary>A byte-pair vocabulary and the rule that cuts text into the pieces it encodes.</summary>
public enum TokenEncoding
{
    /// <summary><c>cl100k_base</c>: GPT-4, GPT-3.5 and the text-embedding-3 models.</summary>
    Cl100k,

    /// <summary><c>o200k_base</c>: GPT-4o and later.</summary>
    O200k,
}

/// <summary>The names under which encodings are stored and asked for.</summary>
public static class TokenEncodings
{
    /// <summary>The published name without its <c>_base</c>: <c>cl100k</c>.</summary>
    public static string Name(this TokenEncoding encoding) => encoding switch
    {
        TokenEncoding.Cl100k => "cl100k",
        TokenEncoding.O200k => "o200k",
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "There is no such token encoding."),
    };

    /// <summary>The encoding of this name, with or without <c>_base</c>; null when there is none.</summary>
    public static TokenEncoding? Find(string? name) => name switch
    {
        "cl100k" or "cl100k_base" => TokenEncoding.Cl100k,
        "o200k" or "o200k_base" => TokenEncoding.O200k,
        _ => null,
    };
}
