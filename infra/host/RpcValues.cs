using System.Globalization;
using Assay.Hosting.Rpc;
using Google.Protobuf;
using Microsoft.Azure.WebJobs;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Assay.Hosting;

/// <summary>Values as they travel between host and worker.</summary>
internal static class RpcValues
{
    private static readonly JsonSerializerSettings Plain = new() { DateParseHandling = DateParseHandling.None };

    public static TypedData ToTypedData(object? value) => value switch
    {
        null => new TypedData(),
        string text => new TypedData { String = text },
        byte[] bytes => new TypedData { Bytes = ByteString.CopyFrom(bytes) },
        ParameterBindingData data => new TypedData
        {
            ModelBindingData = new ModelBindingData
            {
                Version = data.Version, Source = data.Source, ContentType = data.ContentType,
                Content = ByteString.CopyFrom(data.Content),
            },
        },
        JToken token => new TypedData { Json = token.ToString(Formatting.None) },
        Uri or Guid or sbyte or short or int or long or byte or ushort or uint or ulong =>
            new TypedData { String = Convert.ToString(value, CultureInfo.InvariantCulture) },
        _ => new TypedData { Json = JsonConvert.SerializeObject(value) },
    };

    /// <summary>What came of the trigger beside its value; what does not go into JSON stays behind.</summary>
    public static void AddMetadata(
        this InvocationRequest request, IReadOnlyDictionary<string, object?> data, Func<string, bool> wanted)
    {
        foreach (var (name, value) in data)
        {
            if (value is null || !wanted(name))
                continue;
            try
            {
                request.TriggerMetadata[name] = ToTypedData(value);
            }
            catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
            {
                // Such as a stream: the trigger's own value carries it.
            }
        }
    }

    public static object? FromTypedData(TypedData? data) => data?.DataCase switch
    {
        TypedData.DataOneofCase.String => data.String,
        // Durable takes an orchestrator's actions as text only.
        TypedData.DataOneofCase.Json => JsonConvert.DeserializeObject(data.Json, Plain) is var value
            && value is JValue { Value: string text } ? text : value,
        TypedData.DataOneofCase.Bytes => data.Bytes.ToByteArray(),
        TypedData.DataOneofCase.Stream => data.Stream.ToByteArray(),
        TypedData.DataOneofCase.Int => data.Int,
        TypedData.DataOneofCase.Double => data.Double,
        _ => null,
    };
}
