using System.Data.Common;
using Npgsql;

namespace Assay;

/// <summary>Connection strings as people write them, and those of the app's roles derived from them.</summary>
public static class ConnectionStrings
{
    /// <summary>The database that is meant when a connection string names none.</summary>
    public const string DefaultDatabase = "assay";

    /// <summary>
    /// Reads Npgsql's <c>key=value;…</c> form or a <c>postgres://user:password@host:port/database</c> URL.
    /// </summary>
    /// <exception cref="FormatException">
    /// It is neither; the message says what was expected, without the value.
    /// </exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            var settings = text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
                    ? FromUrl(text)
                    : new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(settings.Host))
                throw new FormatException("The connection string names no host.");
            if (string.IsNullOrEmpty(settings.Database))
                settings.Database = DefaultDatabase;
            return settings;
        }
        catch (Exception exception) when (exception is ArgumentException or UriFormatException)
        {
            // Neither the text nor the inner message, which quotes it: there may be a password in it.
            throw new FormatException(
                "Expected a connection string such as Host=localhost;Port=5432;Username=postgres;Password=… or "
                + "postgres://postgres:…@localhost:5432/assay.");
        }
    }

    /// <summary>The same server and database, logging in as another role.</summary>
    public static string ForRole(NpgsqlConnectionStringBuilder administrator, string role, string? password) =>
        new NpgsqlConnectionStringBuilder(administrator.ConnectionString) { Username = role, Password = password }
            .ConnectionString;

    private static NpgsqlConnectionStringBuilder FromUrl(string text)
    {
        var url = new Uri(text);
        var settings = new NpgsqlConnectionStringBuilder();
        if (url.Host.Length > 0)
            settings.Host = url.Host.Trim('[', ']');
        if (url.Port > 0)
            settings.Port = url.Port;

        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            settings.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1)
            settings.Password = Uri.UnescapeDataString(user[1]);
        if (url.AbsolutePath.Trim('/') is { Length: > 0 } database)
            settings.Database = Uri.UnescapeDataString(database);

        // The names of libpq differ from Npgsql's in underscores and in these few.
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var value = Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? "");
            var key = parts[0].ToLowerInvariant() switch
            {
                "sslmode" => "SSL Mode",
                "sslrootcert" => "Root Certificate",
                "connect_timeout" => "Timeout",
                "dbname" => "Database",
                "user" => "Username",
                var other => other.Replace('_', ' '),
            };
            ((DbConnectionStringBuilder)settings)[key] = key == "SSL Mode" ? value.Replace("-", "") : value;
        }
        return settings;
    }
}
