using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>What can be asked for at a provider.</summary>
/// <param name="ContextTokens">What question and answer may have together.</param>
/// <param name="InputPrice">USD a million tokens.</param>
/// <param name="OutputPrice">USD a million tokens.</param>
public sealed record ProviderModel(
    [StringLength(100, MinimumLength = 1)] string Id,
    [Range(1, 100_000_000)] int ContextTokens,
    [Range(0, 1_000_000)] decimal InputPrice,
    [Range(0, 1_000_000)] decimal OutputPrice);
