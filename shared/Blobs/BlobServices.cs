using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class BlobServices
{
    /// <summary>Adds clients of the blobs and queues of the storage account in <c>AzureWebJobsStorage</c>.</summary>
    public static IServiceCollection AddBlobs(this IServiceCollection services, IConfiguration configuration)
    {
        var connection = configuration["AzureWebJobsStorage"];
        return services
            .AddSingleton(_ => new BlobServiceClient(Required(connection), Impatient(new BlobClientOptions())))
            .AddSingleton(_ => new QueueServiceClient(Required(connection), Impatient(new QueueClientOptions())));
    }

    private static string Required(string? connection) =>
        connection ?? throw new InvalidOperationException("The setting AzureWebJobsStorage is missing.");

    private static TOptions Impatient<TOptions>(TOptions options)
        where TOptions : ClientOptions
    {
        options.Retry.MaxRetries = 3;
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        return options;
    }
}
