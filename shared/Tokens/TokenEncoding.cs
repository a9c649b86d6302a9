namespace Assay;

/// <summary>A byte-pair vocabulary and the rule that cuts text into the pieces it encodes.</summary>
public enum TokenEncoding
{
    /// <summary><c>cl100k_base</c>: GPT-4, GPT-3.5 and the text-embedding-3 models.</summary>
    Cl100k,

    /// <summary><c>o200k_base</c>: GPT-4o and later.</summary>
    O200k,
}

/// <summary>The names under which encodings are known outside this program.</summary>
public static class TokenEncodings
{
    /// <summary>The published name, such as <c>cl100k_base</c>.</summary>
    public static string Name(this TokenEncoding encoding) => encoding switch
    {
        TokenEncoding.Cl100k => "cl100k_base",
        TokenEncoding.O200k => "o200k_base",
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "There is no such token encoding."),
    };

    /// <summary>The encoding with the published <paramref name="name"/>; null when there is none.</summary>
    public static TokenEncoding? Find(string? name) => name switch
    {
        "cl100k_base" => TokenEncoding.Cl100k,
        "o200k_base" => TokenEncoding.O200k,
        _ => null,
    };
}
