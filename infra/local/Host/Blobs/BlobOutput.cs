using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>Writes a function's output to a blob, in place of any that is there; creates the container.</summary>
internal sealed class BlobOutput(PathTemplate path, string? connection)
{
    public static BlobOutput Read(BlobOutputAttribute attribute, HostSettings settings)
    {
        BlobConnections.Require(settings, attribute.Connection);
        return new BlobOutput(PathTemplate.Read(settings.Resolve(attribute.BlobPath)), attribute.Connection);
    }

    public async Task WriteAsync(LocalFunctionContext context, object value)
    {
        var services = context.InstanceServices;
        var cancellation = context.CancellationToken;
        var (containerName, name) = path.Fill(
            context.BindingContext.BindingData, services.GetRequiredService<TimeProvider>().GetUtcNow());
        var container = services.GetRequiredService<BlobConnections>()
            .Client(connection).GetBlobContainerClient(containerName);
        await container.CreateIfNotExistsAsync(cancellationToken: cancellation);

        var blob = container.GetBlobClient(name);
        if (value is Stream stream)
            await blob.UploadAsync(stream, overwrite: true, cancellation);
        else
            await blob.UploadAsync(BlobContent.From(value), overwrite: true, cancellation);
    }
}
