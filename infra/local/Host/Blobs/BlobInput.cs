using System.Reflection;
using Azure;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>A parameter with the content of a blob, or null when there is no such blob.</summary>
internal static class BlobInput
{
    public static ParameterSource SourceOf(ParameterInfo parameter, BlobInputAttribute attribute, HostSettings settings)
    {
        BlobConnections.Require(settings, attribute.Connection);
        var path = PathTemplate.Read(settings.Resolve(attribute.BlobPath));
        var type = parameter.ParameterType;
        return async context =>
        {
            var now = context.InstanceServices.GetRequiredService<TimeProvider>().GetUtcNow();
            var (container, name) = path.Fill(context.BindingContext.BindingData, now);
            var connections = context.InstanceServices.GetRequiredService<BlobConnections>();
            var client = connections.Client(attribute.Connection).GetBlobContainerClient(container);
            if (type == typeof(BlobContainerClient))
                return client;

            try
            {
                return await BlobContent.ReadAsync(
                    client.GetBlobClient(name), type, version: null, context.CancellationToken);
            }
            catch (RequestFailedException error) when (error.Status == 404)
            {
                return null;
            }
        };
    }
}
