using System.Reflection;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>A blob that triggered a function, in the version that is being handled.</summary>
internal sealed record TriggeringBlob(BlobClient Client, BlobProperties Properties);

/// <summary>Runs for every new and every overwritten blob whose path matches.</summary>
internal sealed class BlobTrigger : Trigger
{
    private BlobTrigger(ParameterInfo parameter, BlobPathPattern path, string? connection)
        : base(parameter, "blobTrigger")
    {
        Path = path;
        Connection = connection;
    }

    public BlobPathPattern Path { get; }

    public string? Connection { get; }

    public override string FaasTrigger => "datasource";

    public static BlobTrigger Read(ParameterInfo parameter, BlobTriggerAttribute attribute, HostSettings settings)
    {
        settings.RequireDurableDatabase();
        BlobConnections.Require(settings, attribute.Connection);
        return new BlobTrigger(
            parameter, BlobPathPattern.Parse(settings.Resolve(attribute.BlobPath)), attribute.Connection);
    }

    public override ParameterSource? SourceOf(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter == Parameter)
        {
            return async context => await BlobContent.ReadAsync(
                Blob(context).Client, type, Blob(context).Properties.ETag, context.CancellationToken);
        }

        return parameter.Name!.ToLowerInvariant() switch
        {
            "metadata" when type.IsAssignableFrom(typeof(Dictionary<string, string>)) =>
                context => new(new Dictionary<string, string>(Blob(context).Properties.Metadata)),
            "properties" when type == typeof(BlobProperties) => context => new(Blob(context).Properties),
            "uri" when type == typeof(Uri) => context => new(Blob(context).Client.Uri),
            _ when SimpleValue.CanConvertTo(type) => Named(parameter),
            _ => null,
        };
    }

    public override JsonObject Describe() =>
        new() { ["path"] = Path.Text, ["connection"] = Connection ?? "AzureWebJobsStorage" };

    /// <summary>What parameters and paths are bound to by name.</summary>
    public static Dictionary<string, object?> BindingData(TriggeringBlob blob, Dictionary<string, object?> names)
    {
        names["BlobTrigger"] = $"{blob.Client.BlobContainerName}/{blob.Client.Name}";
        names["Uri"] = blob.Client.Uri.ToString();
        return names;
    }

    private static TriggeringBlob Blob(LocalFunctionContext context) => (TriggeringBlob)context.TriggerData;

    private static ParameterSource Named(ParameterInfo parameter) => context =>
    {
        var text = context.BindingContext.BindingData.GetValueOrDefault(parameter.Name!)?.ToString();
        if (text is null && parameter.HasDefaultValue)
            return new(parameter.DefaultValue);
        return text is not null && SimpleValue.TryConvert(text, parameter.ParameterType, out var value)
            ? new(value)
            : throw new FunctionInputConverterException(
                $"Error converting 1 input parameters: cannot convert input parameter '{parameter.Name}' "
                + $"to type '{parameter.ParameterType.Name}' from '{text}'.");
    };
}
