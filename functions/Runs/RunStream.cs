using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// A run as it goes on, as server-sent events: an event <c>run</c> with what <c>GET /api/runs/{id}</c> answers, at once
/// and whenever it changes, until it has ended or its caller may not see it any more.
/// </summary>
public sealed class RunStream(RunStore runs, EventStream stream, TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    // Keeps proxies from taking a quiet stream for a dead one.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    // Azure cuts answers at 230 s; a client comes back by itself, and is told only what is new.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(200);

    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(1);

    /// <summary>204, which tells a client not to come back, when the run ended as the client last saw it.</summary>
    [Function(nameof(StreamRun))]
    [Operation(Permissions.RunsRead, Answer = typeof(RunDetail), Streams = true)]
    public async Task<IResult> StreamRun(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "runs/{id:guid}/stream")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await runs.FindVersionAsync(id, cancellation) is not { } now)
            return Problems.NotFound("run", id);

        var seen = request.Headers["Last-Event-ID"].ToString();
        return now.HasEnded && now.Version == seen
            ? Results.NoContent()
            : stream.Of(request, aborted => FollowAsync(id, seen, aborted));
    }

    private async IAsyncEnumerable<SseItem<string>> FollowAsync(
        Guid id, string seen, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var spoke = began;
        while (time.GetElapsedTime(began) < Longest
            && await runs.FindVersionAsync(id, cancellation) is { } now)
        {
            if (now.Version != seen && await runs.FindAsync(id, cancellation) is { } run)
            {
                (seen, spoke) = (now.Version, time.GetTimestamp());
                yield return new(JsonSerializer.Serialize(run, Json.Options), "run")
                {
                    EventId = seen, ReconnectionInterval = ComeBack,
                };
            }
            else if (time.GetElapsedTime(spoke) > Silence)
            {
                spoke = time.GetTimestamp();
                yield return new("", "ping");
            }
            if (now.HasEnded)
                yield break;
            await Task.Delay(Step, time, cancellation);
        }
    }
}
