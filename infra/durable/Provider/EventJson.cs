using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using DurableTask.Core.History;
using Newtonsoft.Json;
using Newtonsoft.Json.Serialization;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// How events stand in the database: one JSON object a line, its type first. The type is a number, never a name of a
/// .NET type, so that what is stored cannot choose what is created.
/// </summary>
internal static class EventJson
{
    const string Head = "{\"EventType\":";

    static readonly JsonSerializer serializer = JsonSerializer.Create(new()
    {
        ContractResolver = new EventContracts(),
        NullValueHandling = NullValueHandling.Ignore,
        DateParseHandling = DateParseHandling.None,
        DateTimeZoneHandling = DateTimeZoneHandling.RoundtripKind,
        TypeNameHandling = TypeNameHandling.None,
        MaxDepth = 256,
    });

    static readonly Dictionary<int, Type> types = HistoryEvent.KnownTypes()
        .ToDictionary(type => (int)((HistoryEvent)RuntimeHelpers.GetUninitializedObject(type)).EventType);

    public static string Write(HistoryEvent happened)
    {
        var text = new StringBuilder(256);
        Append(text, happened);
        return Storable(text);
    }

    /// <summary>A line an event.</summary>
    public static string Write(IEnumerable<HistoryEvent> events)
    {
        var text = new StringBuilder(1024);
        foreach (var happened in events)
        {
            if (text.Length > 0)
                text.Append('\n');
            Append(text, happened);
        }
        return Storable(text);
    }

    public static HistoryEvent Read(string line)
    {
        var rest = line.StartsWith(Head, StringComparison.Ordinal) ? line.AsSpan(Head.Length) : [];
        if (rest.IndexOfAny(',', '}') is not (> 0 and var end)
            || !int.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !types.TryGetValue(number, out var type))
        {
            throw new InvalidDataException("The database holds an event of an unknown type.");
        }
        using var reader = new JsonTextReader(new StringReader(line));
        return (HistoryEvent)serializer.Deserialize(reader, type)!;
    }

    public static void Read(string lines, List<HistoryEvent> events)
    {
        foreach (var line in lines.Split('\n'))
            events.Add(Read(line));
    }

    /// <summary>Small objects beside events: tags, parents, failures.</summary>
    public static string? WriteValue(object? value)
    {
        if (value is null)
            return null;
        var text = new StringBuilder();
        using (var writer = new JsonTextWriter(new StringWriter(text, CultureInfo.InvariantCulture)))
            serializer.Serialize(writer, value);
        return Storable(text);
    }

    public static T? ReadValue<T>(string? text)
        where T : class
    {
        if (text is null)
            return null;
        using var reader = new JsonTextReader(new StringReader(text));
        return serializer.Deserialize<T>(reader);
    }

    /// <summary>Null for what cannot be read, where the rest is of use without it.</summary>
    public static T? ReadValueIfPossible<T>(string? text)
        where T : class
    {
        try
        {
            return ReadValue<T>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Without what PostgreSQL's UTF-8 does not know: halves of pairs, and, outside of JSON, zeros.</summary>
    public static string? Plain(string? text)
    {
        if (text is null || !HasUnstorable(text))
            return text;
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            plain.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return plain.ToString();
    }

    static void Append(StringBuilder text, HistoryEvent happened)
    {
        using var writer = new JsonTextWriter(new StringWriter(text, CultureInfo.InvariantCulture));
        serializer.Serialize(writer, happened);
    }

    static string Storable(StringBuilder json) => Plain(json.ToString())!;

    static bool HasUnstorable(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return true;
            i++;
        }
        return text.Contains('\0', StringComparison.Ordinal);
    }

    /// <summary>
    /// Events are data contracts, and several have no constructor that a serializer would choose: made without one,
    /// their members are set.
    /// </summary>
    sealed class EventContracts : DefaultContractResolver
    {
        protected override JsonObjectContract CreateObjectContract(Type objectType)
        {
            var contract = base.CreateObjectContract(objectType);
            if (objectType.IsSubclassOf(typeof(HistoryEvent)))
            {
                contract.CreatorParameters.Clear();
                contract.OverrideCreator = _ => RuntimeHelpers.GetUninitializedObject(objectType);
            }
            return contract;
        }

        protected override JsonProperty CreateProperty(MemberInfo member, MemberSerialization memberSerialization)
        {
            var property = base.CreateProperty(member, memberSerialization);
            if (member.Name == nameof(HistoryEvent.EventType))
            {
                // Without an order a property counts as -1.
                property.Order = -2;
                property.ShouldDeserialize = static _ => false;
            }
            else if (member.Name is nameof(HistoryEvent.IsPlayed) or nameof(HistoryEvent.ExtensionData)
                && member.DeclaringType == typeof(HistoryEvent))
            {
                property.Ignored = true;
            }
            return property;
        }
    }
}
