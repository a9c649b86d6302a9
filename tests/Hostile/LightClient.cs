using System.Diagnostics;
using System.Net.Http.Json;

namespace Assay;

/// <summary>Somebody who goes on with ordinary requests, and notes how long they take.</summary>
internal sealed class LightClient(HttpClient client)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    /// <summary>Sends requests until it is told to stop. Returns what each took.</summary>
    public async Task<IReadOnlyList<TimeSpan>> GoOnAsync(CancellationToken stop)
    {
        var times = new List<TimeSpan>();
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var watch = Stopwatch.StartNew();
            using var answer = await SendAsync(number);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
            times.Add(watch.Elapsed);
            await Task.Delay(Pause, CancellationToken.None);
        }

        return times;
    }

    public static TimeSpan P95(IReadOnlyList<TimeSpan> times) => times.Order().ElementAt(times.Count * 95 / 100);

    private Task<HttpResponseMessage> SendAsync(int number) => (number % 4) switch
    {
        0 => client.PostAsJsonAsync(
            "/api/prompts", new { title = $"Note {number}", content = new { text = "Say hello." } },
            CancellationToken.None),
        1 => client.GetAsync("/api/documents?limit=10", CancellationToken.None),
        2 => client.PostAsJsonAsync("/api/search", new { query = "hello note", mode = "text" }, CancellationToken.None),
        _ => client.GetAsync("/api/prompts?limit=10", CancellationToken.None),
    };
}
