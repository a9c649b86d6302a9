using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>Section <c>Assay:Sessions</c>.</summary>
public sealed class SessionOptions
{
    public const string Section = "Assay:Sessions";

    /// <summary>The <c>iss</c> of session tokens; one's own for each installation.</summary>
    [Required, StringLength(200)]
    public string Issuer { get; set; } = "assay";

    /// <summary>How long a session lives after its last refresh.</summary>
    [Range(1, 24 * 90)]
    public int LifetimeHours { get; set; } = 24;

    /// <summary>How long a key signs before a new one takes over.</summary>
    [Range(1, 365)]
    public int KeyDays { get; set; } = 30;

    internal TimeSpan Lifetime => TimeSpan.FromHours(LifetimeHours);
}
