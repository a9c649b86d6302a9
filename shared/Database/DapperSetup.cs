using System.Data;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace Assay;

/// <summary>
/// What Dapper is told once: snake_case columns, jsonb as the types of System.Text.Json, and UTC times as
/// <see cref="DateTimeOffset"/>. Vectors travel as <see cref="HalfVector"/>.
/// </summary>
internal static class DapperSetup
{
    static DapperSetup()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        Handle(new TimeHandler());
        Handle(new DateHandler());
        Handle(new PlainHandler<Guid[]>());
        Handle(new PlainHandler<string[]>());
        Handle(new PlainHandler<int[]>());
        Handle(new PlainHandler<float[]>());
        Handle(new PlainHandler<double[]>());
        Handle(new PlainHandler<byte[][]>());
        Handle(new PlainHandler<HalfVector>());
        Handle(new PlainHandler<HalfVector[]>());
        Handle(new JsonHandler<JsonElement>(ReadElement, element => element.GetRawText()));
        Handle(new JsonHandler<JsonNode>(ReadNode<JsonNode>, node => node.ToJsonString()));
        Handle(new JsonHandler<JsonObject>(ReadNode<JsonObject>, node => node.ToJsonString()));
        Handle(new JsonHandler<JsonArray>(ReadNode<JsonArray>, node => node.ToJsonString()));
    }

    /// <summary>Safe to repeat: the work is in the static constructor.</summary>
    public static void Apply()
    {
    }

    private static void Handle<T>(SqlMapper.TypeHandler<T> handler)
    {
        // Dapper asks its own map of types before the handlers.
        SqlMapper.RemoveTypeMap(typeof(T));
        if (typeof(T).IsValueType)
            SqlMapper.RemoveTypeMap(typeof(Nullable<>).MakeGenericType(typeof(T)));
        SqlMapper.AddTypeHandler(handler);
    }

    private static JsonElement ReadElement(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static T ReadNode<T>(string text) where T : JsonNode =>
        JsonNode.Parse(text) as T
            ?? throw new InvalidCastException($"The column holds another kind of JSON than a {typeof(T).Name}.");

    private sealed class JsonHandler<T>(Func<string, T> read, Func<T, string> write) : SqlMapper.TypeHandler<T>
    {
        public override T Parse(object value) => read((string)value);

        public override void SetValue(IDbDataParameter parameter, T? value)
        {
            parameter.Value = value is null ? DBNull.Value : write(value);
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Jsonb;
        }
    }

    // Dapper knows none of these as a parameter, and Npgsql says of every array column that it holds an Array, which
    // matches no parameter of a record.
    private sealed class PlainHandler<T> : SqlMapper.TypeHandler<T>
        where T : class
    {
        public override T Parse(object value) => (T)value;

        public override void SetValue(IDbDataParameter parameter, T? value) =>
            parameter.Value = value is null ? DBNull.Value : value;
    }

    private sealed class TimeHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => new((DateTime)value);

        // Npgsql refuses other offsets than zero, since timestamptz stores an instant and no offset.
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value)
        {
            parameter.Value = value.UtcDateTime;
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.TimestampTz;
        }
    }

    private sealed class DateHandler : SqlMapper.TypeHandler<DateOnly>
    {
        public override DateOnly Parse(object value) =>
            value is DateTime time ? DateOnly.FromDateTime(time) : (DateOnly)value;

        public override void SetValue(IDbDataParameter parameter, DateOnly value)
        {
            parameter.Value = value;
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Date;
        }
    }
}
