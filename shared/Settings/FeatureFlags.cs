namespace Assay;

/// <summary>Every feature flag. Organizations may decide for themselves unless it says otherwise.</summary>
public static class FeatureFlags
{
    public static FeatureFlag Analytics { get; } = new(
        "analytics", "The marts are served: daily analyses, features and metrics.", Default: true)
    {
        OrganizationsMayChange = true,
    };

    public static FeatureFlag PredictionCache { get; } = new(
        "prediction-cache", "What a model answered is given again for the same input.", Default: true)
    {
        OrganizationsMayChange = true,
    };

    public static FeatureFlag ResponseCache { get; } = new(
        "response-cache", "What the API counted is given again for the same request.", Default: true)
    {
        OrganizationsMayChange = true,
    };

    public static IReadOnlyList<FeatureFlag> All { get; } = [Analytics, PredictionCache, ResponseCache];

    /// <summary>Null when there is none of this name.</summary>
    public static FeatureFlag? Find(string name) => All.FirstOrDefault(flag => flag.Name == name);
}
