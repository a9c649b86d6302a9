namespace Assay;

/// <summary>What kind of answer is kept.</summary>
/// <param name="Flag">Whether it is.</param>
/// <param name="Seconds">How long.</param>
public sealed record CacheKind(FeatureFlag Flag, NumberSetting Seconds)
{
    /// <summary>What a model answers: an hour, unless a setting says else.</summary>
    public static CacheKind Prediction { get; } =
        new(FeatureFlags.PredictionCache, KnownSettings.PredictionCacheSeconds);

    /// <summary>What the API counts: five minutes, unless a setting says else.</summary>
    public static CacheKind Response { get; } = new(FeatureFlags.ResponseCache, KnownSettings.ResponseCacheSeconds);
}
