using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>Section <c>Assay:Passwords</c>.</summary>
public sealed class PasswordOptions
{
    public const string Section = "Assay:Passwords";

    /// <summary>
    /// Rounds of PBKDF2 with HMAC-SHA512. A hash with fewer is replaced when its owner next signs in.
    /// </summary>
    [Range(100_000, 10_000_000)]
    public int Iterations { get; set; } = 210_000;
}
