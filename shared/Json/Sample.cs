namespace Assay;

/// <summary>What examples in the API's description have in common.</summary>
internal static class Sample
{
    public static readonly Guid Id = new("01a1fd83-981a-76c0-a43f-a093148f6612");
    public static readonly DateTimeOffset At = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
}
