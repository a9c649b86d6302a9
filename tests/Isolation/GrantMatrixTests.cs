using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>
/// Every route that grants, as everybody with every kind of credential, held against its rule in
/// <see cref="GrantCases"/>. Each request has an organization of its own.
/// </summary>
public sealed partial class GrantMatrixTests : IAsyncLifetime
{
    private static readonly HttpStatusCode[] refusals =
    [
        HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.NotFound, HttpStatusCode.Conflict,
        HttpStatusCode.UnprocessableEntity,
    ];

    private readonly StringBuilder sql = new();
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
    {
        ["Assay__Settings__address-refusals-per-minute"] = "1000000000",
        ["Assay__Settings__address-refusals-per-day"] = "1000000000",
    });

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task Everybody_hands_out_what_the_rule_says_and_nothing_else()
    {
        var attempts = GrantRoutes.Marked.SelectMany(AttemptsAt).ToList();
        await app.Database.ExecuteAsync(sql.ToString());

        var wrong = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            attempts, new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (attempt, cancellation) =>
            {
                if (await FaultAsync(attempt, cancellation) is { } fault)
                    wrong.Add(fault);
            });

        Assert.True(attempts.Count > 1_000, $"{attempts.Count} requests are too few to be all.");
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Order().Take(40)));
    }

    private IEnumerable<Attempt> AttemptsAt(Route route) =>
        from tried in GrantCases.All[route.Function]
        from actor in ActorsAt(route)
        select NewAttempt(route, tried, actor);

    private Attempt NewAttempt(Route route, GrantCase tried, GrantActor actor)
    {
        var scene = new GrantScene(actor, sql);
        var request = tried.Arrange(scene);
        scene.End();
        return new(route, tried, actor, scene, request, tried.Allows(actor) && (!tried.IsHere || actor.IsHere));
    }

    // Where anyone may call, no credential is looked at.
    private static IEnumerable<GrantActor> ActorsAt(Route route) =>
        GrantActor.All(route.Operation.Permission).Where(actor => route.Operation.Permission != Permissions.Anyone
            || (actor.Is(Role.Owner) && actor.IsHere && actor.IsWhole));

    /// <summary>What is other than the rule says; null when nothing is.</summary>
    private async Task<string?> FaultAsync(Attempt attempt, CancellationToken cancellation)
    {
        using var request = await RequestAsync(attempt, cancellation);
        using var answer = await app.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        var passed = attempt.Case.Passed is { } status
            ? (int)answer.StatusCode == status
            : answer.IsSuccessStatusCode;
        if (attempt.IsAllowed ? passed : !passed && refusals.Contains(answer.StatusCode))
            return null;
        return $"{attempt.Route.Function} of {attempt.Case.What} by {attempt.Actor.Name} was "
            + $"{(attempt.IsAllowed ? "refused" : "allowed")}: {(int)answer.StatusCode} "
            + await answer.Content.ReadAsStringAsync(cancellation);
    }

    private async Task<HttpRequestMessage> RequestAsync(Attempt attempt, CancellationToken cancellation)
    {
        var parameters = new Queue<object>(attempt.Request.Parameters);
        var path = Parameter().Replace(attempt.Route.Template, _ => $"{parameters.Dequeue()}");
        var request = new HttpRequestMessage(
            new HttpMethod(attempt.Route.Methods.Single()), $"/api/{path}{attempt.Request.Query}");
        request.Headers.Authorization = new("Bearer", await CredentialAsync(attempt, cancellation));
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        if (attempt.Request.Body is { } body)
            request.Content = body is string lines
                ? new StringContent(lines, Encoding.UTF8, JsonLines.MediaType)
                : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        return request;
    }

    private async Task<string> CredentialAsync(Attempt attempt, CancellationToken cancellation)
    {
        if (attempt.Scene.Credential is { } key)
            return key;
        var tokens = app.Services.GetRequiredService<SessionTokens>();
        return await tokens.IssueAsync(attempt.Scene.Session!, DateTimeOffset.UtcNow.AddDays(1), cancellation);
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    private sealed record Attempt(
        Route Route, GrantCase Case, GrantActor Actor, GrantScene Scene, GrantRequest Request, bool IsAllowed);
}
