using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class DocumentServices
{
    /// <summary>
    /// Adds documents and the embedder. Reads <c>InboxContainer</c>, and the sections of <see cref="DocumentOptions"/>
    /// and <see cref="EmbeddingOptions"/>.
    /// </summary>
    /// <param name="program">The app's assembly, of which processes are started that work on documents.</param>
    public static IServiceCollection AddDocuments(
        this IServiceCollection services, IConfiguration configuration, string program)
    {
        services.AddEmbeddings(configuration);
        services.AddOptions<DocumentOptions>()
            .Bind(configuration.GetSection(DocumentOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton(provider => new Inbox(Container(provider, configuration)));
        services.AddSingleton(provider => new PoisonFiles(
            provider.GetRequiredService<QueueServiceClient>(), Container(provider, configuration)));
        services.AddSingleton(provider => new InboxSweep(
            Container(provider, configuration), provider.GetRequiredService<JobDatabase>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new DocumentProgram(program)).AddSingleton<DocumentProcesses>().AddScoped<DocumentWork>();
        services.AddScoped<DocumentStore>();
        services.AddScoped<DocumentIngest>();
        services.AddScoped<QueryEmbedding>();
        services.AddScoped<DocumentSearch>();
        services.AddScoped<ChunkStore>();
        services.AddScoped<IngestState>();
        services.AddScoped<IRunSubject, DocumentSubject>();
        services.AddScoped<EmbeddingModels>();
        return services;
    }

    private static BlobContainerClient Container(IServiceProvider provider, IConfiguration configuration) => provider
        .GetRequiredService<BlobServiceClient>()
        .GetBlobContainerClient(Required(configuration, "InboxContainer"));

    private static string Required(IConfiguration configuration, string name) =>
        configuration[name] is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"The setting {name} is missing.");
}
