using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Techniques of prompting, and the intents that they suit.</summary>
public sealed class TechniqueFunctions(
    TechniqueCatalog techniques, IntentClassifier classifier, FrameworkStore frameworks)
{
    /// <summary>The simplest first.</summary>
    [Function(nameof(ListTechniques))]
    [Operation(Permissions.EntitiesRead, Query = typeof(KeyListQuery), Answer = typeof(Page<Technique>))]
    public Task<IResult> ListTechniques(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "techniques")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<KeyListQuery, Technique>(
            request,
            (_, page) => techniques.ListTechniquesAsync(page.After?[0], page.Fetch, cancellation),
            technique => [technique.Key]);

    /// <summary>With what tells them in a text, and the techniques that suit them.</summary>
    [Function(nameof(ListIntents))]
    [Operation(Permissions.EntitiesRead, Query = typeof(KeyListQuery), Answer = typeof(Page<Intent>))]
    public Task<IResult> ListIntents(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "intents")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<KeyListQuery, Intent>(
            request,
            (_, page) => techniques.ListIntentsAsync(page.After?[0], page.Fetch, cancellation),
            intent => [intent.Key]);

    /// <summary>
    /// What a text asks for, and the techniques and the framework that suit it. Computed without a model, for English.
    /// </summary>
    [Function(nameof(ClassifyIntent))]
    [Operation(Permissions.EntitiesRead, Body = typeof(InputText), Answer = typeof(Classification))]
    public async Task<IResult> ClassifyIntent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "intents/classify")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<InputText>(request, cancellation);
        if (body.Value is not { Text: var text })
            return body.Problem!;

        var intents = await techniques.ListIntentsAsync(cancellation);
        var ranked = classifier.Rank(intents, text);
        var known = await frameworks.ListAsync(true, null, FrameworkSuggestions.ConsideredMax, cancellation);
        return Results.Json(
            new Classification(
                ranked, intents.First(intent => intent.Key == ranked[0].Intent).Techniques,
                FrameworkAdvisor.Rank(known, ranked, text, cancellation)[0]),
            Json.Options);
    }
}

/// <summary>The last key of a page is its cursor.</summary>
public sealed record KeyListQuery : PageQuery
{
    protected override bool IsKey(string[] key) => key is [_];
}

/// <param name="Intents">All of them, the most probable first.</param>
/// <param name="Techniques">The keys of those that suit the first intent, the best first.</param>
/// <param name="Framework">The one that suits the text best.</param>
public sealed record Classification(
    IReadOnlyList<RankedIntent> Intents, IReadOnlyList<string> Techniques, FrameworkSuggestion Framework)
{
    public static Classification Example => new(
        [new("summarize", "Summarize", 0.93, ["Summarize"]), new("rewrite", "Rewrite", 0.03, [])],
        ["chain-of-density", "structured-output", "critique-and-revise"], FrameworkSuggestion.Example);
}
