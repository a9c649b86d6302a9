using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>The app with two organizations, shared by the tests of a class.</summary>
public sealed class AnalysisApp : IAsyncLifetime
{
    private Guid organization;

    public AssayApp App { get; private set; } = null!;

    public AnalysisClient Client { get; private set; } = null!;

    /// <summary>Of another organization.</summary>
    public AnalysisClient Other { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        App = await AssayApp.StartAsync();
        organization = await App.Database.AddOrganizationAsync("analysts");
        Client = new(App.ClientOf("analysts"));
        Other = await NewClientAsync();
    }

    public Task DisposeAsync() => App.DisposeAsync().AsTask();

    /// <summary>Of an organization of its own.</summary>
    public async Task<AnalysisClient> NewClientAsync()
    {
        var slug = $"org-{Guid.NewGuid():n}";
        await App.Database.AddOrganizationAsync(slug);
        return new(App.ClientOf(slug));
    }

    /// <summary>
    /// Every activity of an analysis once more, as after a crash between its end and the record of it.
    /// </summary>
    public async Task RepeatStepsAsync(Guid id)
    {
        await using var scope = App.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<OrganizationScope>().Enter(organization);
        var analyzer = scope.ServiceProvider.GetRequiredService<PromptAnalyzer>();
        Assert.False(await analyzer.TryStartAsync(id, CancellationToken.None));
        foreach (var key in AnalysisNodes.Independent)
            Assert.Null((await analyzer.RunNodeAsync(id, key, CancellationToken.None)).Failure);
        await analyzer.AggregateAsync(id, CancellationToken.None);
        await analyzer.CompleteAsync(id, CancellationToken.None);
        await analyzer.FailAsync(id, "Too late.", CancellationToken.None);
    }

    /// <param name="text">What was extracted from it; null while it is not ingested.</param>
    public async Task<Guid> AddDocumentAsync(string status, string? text)
    {
        var id = Guid.CreateVersion7();
        await App.Database.ExecuteAsync(
            $"""
            insert into core.document
                (id, organization_id, title, blob_path, byte_size, content_hash, status, extracted_text)
            values ('{id}', '{organization}', 'Report', 'inbox/{id}', 10, sha256('{id}'), '{status}',
                {(text is null ? "null" : $"'{text}'")})
            """);
        return id;
    }
}
