using System.Globalization;

namespace Assay;

/// <summary>Documents become searchable, a prompt is analyzed, the marts fill: all through the app that runs.</summary>
internal static class Demonstration
{
    private static readonly string[] Questions =
    [
        "How long are conversations kept before their text is deleted?",
        "exhausted connection pool",
        "Was soll geschehen, wenn die Dokumente keine Antwort enthalten?",
    ];

    public static async Task RunAsync(AssayApi api, Inbox inbox, string samples, CancellationToken cancellation)
    {
        var files = Directory.GetFiles(Path.Combine(samples, "inbox")).Order().ToArray();
        Show.Heading($"Dropped {files.Length} files into the inbox of the organization \"{AssayApi.Organization}\"");
        Show.Documents(await inbox.DropAsync(files, cancellation));

        foreach (var question in Questions)
        {
            Show.Heading($"Searched: {question}");
            Show.Hits(question, await api.SearchAsync(question, limit: 1, cancellation));
        }

        var prompt = Path.Combine(samples, "support-prompt.md");
        var text = await File.ReadAllTextAsync(prompt, cancellation);
        Show.Heading($"Analyzed {Path.GetFileName(prompt)}");
        var analysis = await api.AnalyzeAsync(text, Path.GetFileName(prompt), cancellation);
        Show.Analysis(analysis);

        Show.Heading("Rolled up into the marts");
        await api.RefreshMartsAsync(cancellation);
        await ShowMartsAsync(api, cancellation);

        Show.Heading("To look at");
        foreach (var path in (string[])["documents", $"runs/{analysis.Run!.Id}", $"analyses/{analysis.Id}"])
            Show.Line($"curl -H 'Authorization: Bearer {AssayApi.Key}' {api.Address}api/{path}");
        Show.Line($"curl {api.Address}api/health/ready");
    }

    private static async Task ShowMartsAsync(AssayApi api, CancellationToken cancellation)
    {
        var days = await api.ListAsync<AnalysisDay>("api/marts/analysis-daily", cancellation);
        var features = await api.ListAsync<FeatureDay>("api/marts/feature-daily", cancellation);
        var metrics = await api.ListAsync<MetricBucket>("api/marts/metrics", cancellation);
        if (days.Count == 0 || features.Count == 0 || metrics.Count == 0)
            throw new DemoException("A mart is still empty after its rollup. See ./dev logs.");

        var day = days.MaxBy(row => row.Day)!;
        Show.Line($"analysis_daily     {Date(day.Day)}  {Show.Count(day.Analyses, "analysis", "analyses")},"
            + $" {day.Failures} failed, overall {day.AvgOverall:0.0}, judge {day.AvgJudge:0.0}");
        foreach (var feature in features.Where(row => row.Day == features.Max(other => other.Day))
                     .OrderByDescending(row => row.Events).Take(3))
            Show.Line($"feature_daily      {Date(feature.Day)}"
                + $"  {feature.FeatureKey}: {Show.Count(feature.Events, "event")}");
        foreach (var metric in metrics.OrderByDescending(row => row.TsBucket).ThenBy(row => row.MetricKey).Take(3))
            Show.Line($"metric_timeseries  {Date(DateOnly.FromDateTime(metric.TsBucket.UtcDateTime))}"
                + $"  {metric.MetricKey}: {metric.ValueNum:0.##}");
    }

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
