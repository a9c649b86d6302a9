using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>A name that people read: see <see cref="ShownText.IsName"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class NameAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => value is not string text || ShownText.IsName(text);
}
