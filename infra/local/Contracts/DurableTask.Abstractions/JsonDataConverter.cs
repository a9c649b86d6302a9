using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Microsoft.DurableTask.Converters;

public class JsonDataConverter : DataConverter
{
    // Stored history was written with these: changing them breaks orchestrations in flight.
    private static readonly JsonSerializerOptions HistoryOptions = new() { IncludeFields = true };

    private readonly JsonSerializerOptions options;

    public JsonDataConverter(JsonSerializerOptions? options = null) => this.options = options ?? HistoryOptions;

    public static JsonDataConverter Default { get; } = new();

    [return: NotNullIfNotNull(nameof(value))]
    public override string? Serialize(object? value) =>
        value is null ? null : JsonSerializer.Serialize(value, options);

    [return: NotNullIfNotNull(nameof(data))]
    public override object? Deserialize(string? data, Type targetType) =>
        data is null ? null : JsonSerializer.Deserialize(data, targetType, options)!;
}
