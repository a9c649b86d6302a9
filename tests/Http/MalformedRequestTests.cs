using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Thousands of malformed requests, made of the API's description.</summary>
public sealed class MalformedRequestTests : IAsyncLifetime
{
    private const int Count = 20_000;

    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
    {
        ["Assay__Settings__key-requests-per-minute"] = "1000000000",
        ["Assay__Settings__user-requests-per-minute"] = "1000000000",
    });

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task Whatever_is_sent_is_answered_by_a_problem_document_and_never_by_a_fault()
    {
        var program = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Owner);
        var person = (await Person.RegisterAsync(app)).Client;
        var document = JsonNode.Parse(await app.Client.GetStringAsync("/api/openapi.json"))!;
        const int Seed = 20261121;
        var requests = new OpenApiRequests(document, Seed);
        var faults = new ConcurrentQueue<string>();
        var statuses = new ConcurrentDictionary<HttpStatusCode, int>();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count).Select(number => (Number: number, Made: requests.Next())),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (sent, cancellation) =>
            {
                var (request, needsPerson) = sent.Made;
                using var answer = await (needsPerson ? person : program).SendAsync(request, cancellation);
                var body = await answer.Content.ReadAsStringAsync(cancellation);
                statuses.AddOrUpdate(answer.StatusCode, 1, (_, before) => before + 1);
                if (FaultOf(answer, body) is { } fault)
                    faults.Enqueue(
                        $"Request {sent.Number} of seed {Seed}, {request.Method} {request.RequestUri}: "
                        + $"{(int)answer.StatusCode}, {fault}: {body}");
            });

        Assert.True(faults.IsEmpty, string.Join('\n', faults.Take(10)));
        // The requests reach every kind of refusal, and are not all refused at the door.
        Assert.All(
            (HttpStatusCode[])[HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.UnprocessableEntity,
                HttpStatusCode.UnsupportedMediaType, HttpStatusCode.PreconditionRequired],
            status => Assert.True(statuses.GetValueOrDefault(status) > Count / 1000, $"{status} was seldom answered."));
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/api/health")).StatusCode);
    }

    private static string? FaultOf(HttpResponseMessage answer, string body) => (int)answer.StatusCode switch
    {
        // The route table knows no such address: the host's own answer, as on the real one.
        404 when body.Length == 0 => null,
        >= 500 => "a fault",
        >= 400 => ProblemCheck.FaultOf(answer, body),
        _ => null,
    };
}
