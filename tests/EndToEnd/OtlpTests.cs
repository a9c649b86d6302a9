using System.Collections.Concurrent;
using System.Net.Http.Json;
using Microsoft.Extensions.Primitives;

namespace Assay;

/// <summary>The app as a process that sends its telemetry to a receiver of the test's.</summary>
public sealed class OtlpTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string CallerId = "00f067aa0ba902b7";

    [Fact]
    public async Task One_trace_holds_request_orchestration_activities_statements_and_model_calls()
    {
        await database.AddOrganizationAsync(SampleWork.Organization);
        await using var inbox = await InboxContainer.CreateAsync();
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var model = await FakeChatServer.StartAsync();
        var asked = new ConcurrentQueue<StringValues>();
        model.Answer = (_, _, http) =>
        {
            asked.Enqueue(http.Request.Headers["traceparent"]);
            return FakeChatServer.FailAsync(http, 400, "{}");
        };
        var settings = AppSettings.For(database, inbox);
        foreach (var (name, value) in receiver.Environment)
            settings[name] = value;
        settings["Assay__Chat__BaseUrl"] = model.BaseUrl;
        settings["Assay__Chat__Model"] = "fake-1";
        await using var app = await AppProcess.StartAsync(settings);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/analyses")
        {
            Content = JsonContent.Create(new { text = SampleWork.Prompt(1) }),
            Headers =
            {
                { "Assay-Organization", SampleWork.Organization }, { "traceparent", $"00-{TraceId}-{CallerId}-01" },
            },
        };
        (await app.Client.SendAsync(request)).EnsureSuccessStatusCode();

        var http = await SpanAsync(receiver, "POST /api/analyses");
        var orchestration = await SpanAsync(receiver, "orchestration:AnalyzePrompt");
        Assert.Equal(CallerId, http.ParentId);
        await IsBelowAsync(receiver, orchestration, http);
        List<SentSpan> activities = [];
        await Eventually.TrueAsync(
            () => Task.FromResult((activities =
                [.. receiver.Spans.Where(span => span.Name == "function RunAnalysisNode")]).Count == 7),
            within: null, () => $"{activities.Count} nodes of an analysis came.");
        foreach (var activity in activities)
        {
            await IsBelowAsync(receiver, activity, orchestration);
            await Eventually.TrueAsync(
                () => Task.FromResult(receiver.Spans.Any(
                    span => span.Scope == "Npgsql" && IsBelow(receiver, span, activity))),
                within: null, () => $"No statement came of {activity}.");
        }
        Assert.Contains(TraceId, $"{asked.First()}", StringComparison.Ordinal);
        await Eventually.TrueAsync(
            () => Task.FromResult(receiver.Metrics.Keys.Any(
                name => name.StartsWith("db.client.", StringComparison.Ordinal))),
            within: null, () => $"Only these metrics came: {string.Join(", ", receiver.Metrics.Keys)}");
        // What the host does by itself, such as looking for work, begins no trace.
        Assert.DoesNotContain(receiver.Spans, span => span is { ParentId: "", Scope: "Npgsql" or "System.Net.Http" });
    }

    /// <summary>Whether one span is within another, by way of spans that came.</summary>
    private static bool IsBelow(OtlpReceiver receiver, SentSpan span, SentSpan above)
    {
        for (SentSpan? next = span; next is not null;
             next = receiver.Spans.FirstOrDefault(sent => sent.SpanId == next.ParentId))
        {
            if (next.ParentId == above.SpanId)
                return true;
        }
        return false;
    }

    // Spans come in the order in which they end, in batches, from two processes.
    private static Task IsBelowAsync(OtlpReceiver receiver, SentSpan span, SentSpan above) => Eventually.TrueAsync(
        () => Task.FromResult(IsBelow(receiver, span, above)), within: null,
        () => $"{span} is not below {above}:\n"
            + string.Join('\n', receiver.Spans.Where(one => one.TraceId == TraceId)));

    private static Task<SentSpan> SpanAsync(OtlpReceiver receiver, string name) => Eventually.GetAsync(
        () => Task.FromResult(receiver.Spans.FirstOrDefault(span => span.TraceId == TraceId && span.Name == name)),
        within: null,
        () => $"No span '{name}' came, only: {string.Join(", ", receiver.Spans.Select(span => span.Name))}");
}
