using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Frameworks that prompts are laid out by: the built-in ones and the organization's own.</summary>
public sealed class FrameworkFunctions(
    FrameworkStore frameworks, TechniqueCatalog techniques, IntentClassifier classifier)
{
    /// <summary>By sort order and name, the built-in ones first unless some have been put before them.</summary>
    [Function(nameof(ListFrameworks))]
    [Operation(Permissions.EntitiesRead, Query = typeof(FrameworkListQuery), Answer = typeof(Page<Framework>))]
    public Task<IResult> ListFrameworks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "frameworks")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<FrameworkListQuery, Framework>(
            request,
            (query, page) => frameworks.ListAsync(query.Enabled, query.Behind, page.Fetch, cancellation),
            FrameworkListQuery.KeyOf);

    /// <summary>By its name or its id.</summary>
    [Function(nameof(GetFramework))]
    [Operation(Permissions.EntitiesRead, Answer = typeof(Framework))]
    public async Task<IResult> GetFramework(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "frameworks/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        await frameworks.FindAsync(name, cancellation) is { } framework
            ? Conditional.Ok(request, framework.Version, framework)
            : Problems.NotFound("framework", name);

    /// <summary>Adds one of the organization's own.</summary>
    [Function(nameof(CreateFramework))]
    [Operation(
        Permissions.EntitiesWrite, Body = typeof(FrameworkDefinition), Answer = typeof(Framework), Status = 201)]
    public async Task<IResult> CreateFramework(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "frameworks")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<FrameworkDefinition>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (await IntentProblemAsync(wanted, cancellation) is { } problem)
            return problem;

        return await frameworks.TryAddAsync(wanted, cancellation) is { } framework
            ? Created.At(request, $"frameworks/{framework.Name}", framework, framework.Version)
            : Problems.Conflict($"There is a framework {wanted.Name} already.");
    }

    /// <summary>Changes one of the organization's own, in all but its name.</summary>
    [Function(nameof(ChangeFramework))]
    [Operation(Permissions.EntitiesWrite, Body = typeof(FrameworkDefinition), Answer = typeof(Framework))]
    public async Task<IResult> ChangeFramework(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "frameworks/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation)
    {
        if (await frameworks.FindAsync(name, cancellation) is not { } known)
            return Problems.NotFound("framework", name);
        if ((BuiltInProblem(known) ?? Conditional.Refusal(request, known.Version)) is { } refusal)
            return refusal;
        var changes = await MergePatch.ReadAsync(request, FrameworkDefinition.Of(known), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;
        if (wanted.Name != known.Name)
            return Problems.Invalid("name", $"expected {known.Name}: what uses the framework names it so");
        if (await IntentProblemAsync(wanted, cancellation) is { } problem)
            return problem;

        return await frameworks.TryChangeAsync(known, wanted, cancellation) is { } changed
            ? Conditional.Ok(request, changed.Version, changed)
            : Problems.Stale();
    }

    /// <summary>Deletes one of the organization's own for good.</summary>
    [Function(nameof(DeleteFramework))]
    [Operation(Permissions.EntitiesAdmin, IfMatch = true, Status = 204)]
    public async Task<IResult> DeleteFramework(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "frameworks/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation)
    {
        if (await frameworks.FindAsync(name, cancellation) is not { } known)
            return Problems.NotFound("framework", name);
        if ((BuiltInProblem(known) ?? Conditional.Refusal(request, known.Version)) is { } refusal)
            return refusal;

        return await frameworks.TryDeleteAsync(known, cancellation) ? Results.NoContent() : Problems.Stale();
    }

    /// <summary>
    /// The text that its components make, and where in it each of them stands. Paragraphs of the template with nothing
    /// but empty components are left out.
    /// </summary>
    [Function(nameof(RenderFramework))]
    [Operation(Permissions.EntitiesRead, Body = typeof(FrameworkValues), Answer = typeof(RenderedFramework))]
    public async Task<IResult> RenderFramework(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "frameworks/{name}/render")] HttpRequest request,
        string name,
        CancellationToken cancellation)
    {
        if (await frameworks.FindAsync(name, cancellation) is not { } framework)
            return Problems.NotFound("framework", name);
        var body = await JsonBody.ReadAsync<FrameworkValues>(request, cancellation);
        if (body.Value is not { } given)
            return body.Problem!;
        var faults = FrameworkTemplate.Faults(framework.Components, given.Components);
        if (faults.Count > 0)
            return Problems.Invalid(
                faults.ToDictionary(fault => $"components.{fault.Key}", fault => new[] { fault.Value }));

        return FrameworkTemplate.Render(framework.Template, given.Components, cancellation) is { } rendered
            ? Results.Json(rendered, Json.Options)
            : Problems.Invalid("components", $"expected text of at most {EntityLimits.TextMax:N0} characters in all");
    }

    /// <summary>
    /// Enabled frameworks, the one that suits a text best first, with what in the text says so. Computed without a
    /// model, for English.
    /// </summary>
    [Function(nameof(SuggestFramework))]
    [Operation(Permissions.EntitiesRead, Body = typeof(InputText), Answer = typeof(FrameworkSuggestions))]
    public async Task<IResult> SuggestFramework(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "frameworks/suggest")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<InputText>(request, cancellation);
        if (body.Value is not { Text: var text })
            return body.Problem!;

        var intents = classifier.Rank(await techniques.ListIntentsAsync(cancellation), text);
        var known = await frameworks.ListAsync(true, null, FrameworkSuggestions.ConsideredMax, cancellation);
        return Results.Json(
            new FrameworkSuggestions(FrameworkAdvisor.Rank(known, intents, text, cancellation)), Json.Options);
    }

    private static Problem? BuiltInProblem(Framework framework) => framework.IsBuiltIn
        ? Problems.Forbidden(
            $"The framework {framework.Name} is built in and cannot be changed. Make one of your own after it.")
        : null;

    private async Task<Problem?> IntentProblemAsync(FrameworkDefinition wanted, CancellationToken cancellation)
    {
        if (wanted.Intents is not { Count: > 0 } intents)
            return null;
        var known = (await techniques.ListIntentsAsync(cancellation)).Select(intent => intent.Key).ToList();
        return intents.Except(known).Any()
            ? Problems.Invalid("intents", $"expected only {string.Join(", ", known)}")
            : null;
    }
}
