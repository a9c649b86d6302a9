using Azure.Core;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class BlobServices
{
    /// <summary>Adds a <see cref="BlobServiceClient"/> of the storage account in <c>AzureWebJobsStorage</c>.</summary>
    public static IServiceCollection AddBlobs(this IServiceCollection services, IConfiguration configuration)
    {
        var connection = configuration["AzureWebJobsStorage"];
        return services.AddSingleton(_ => new BlobServiceClient(
            connection ?? throw new InvalidOperationException("The setting AzureWebJobsStorage is missing."),
            new BlobClientOptions
            {
                Retry = { MaxRetries = 3, Mode = RetryMode.Exponential, Delay = TimeSpan.FromMilliseconds(200) },
            }));
    }
}
