using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Assay;

/// <summary>
/// Looks for secrets in what all tests leave and are answered: keys, tokens, webhooks' secrets, keys of providers and
/// passwords, as they are and in hexadecimal. <c>./dev test</c> looks for the same in the log.
/// </summary>
internal static partial class Secrecy
{
    // As PostgreSQL and .NET read it alike.
    private const string Secret =
        "ask_[A-Za-z0-9]{24,}|whsec_[A-Za-z0-9+/]{24,}|eyJ[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{10,}"
        + "|sk-(?!example-)[A-Za-z0-9_-]{16,}|asl_[A-Za-z0-9_-]{40,}"
        + "|" + Person.Password + "|61736b5f([3-7][0-9a-f]){24}|77687365635f([2-7][0-9a-f]){24}";

    /// <summary>Fails where a table holds a secret.</summary>
    public static async Task AssertNoneIsStoredAsync(NpgsqlConnection connection)
    {
        var everything = await ValueAsync(
            connection,
            $"""
            select string_agg(format(
                'select %L::text as place where exists (select from %s t where t::text ~ %L)',
                c.oid::regclass, c.oid::regclass, '{Secret}'), ' union all ')
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart', 'durable_task')
            where c.relkind in ('r', 'p') and not c.relispartition
            """);
        var places = everything is null ? null
            : await ValueAsync(connection, $"select string_agg(place, ', ' order by place) from ({everything}) places");
        Assert.True(places is null, $"There are secrets in {places}.");
    }

    /// <summary>Reads along all that an app answers.</summary>
    public sealed class Answers : IStartupFilter
    {
        private static readonly RouteTable routes = RouteTable.Read(typeof(RouteTable).Assembly);

        private readonly ConcurrentQueue<string> found = [];

        public bool IsClean => found.IsEmpty;

        /// <summary>Fails where an answer held a secret that its route does not show.</summary>
        public void AssertNoneHeldASecret() => Assert.Empty(found);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (HttpContext http, RequestDelegate rest) =>
            {
                var body = new SearchedStream(http.Response.Body);
                http.Response.Body = body;
                await rest(http);
                if (body.HasSecret && !Shows(http.GetEndpoint()?.DisplayName))
                    found.Enqueue($"{http.Request.Method} {http.Request.Path}");
            });
            next(app);
        };

        private static bool Shows(string? function) =>
            routes.Routes.Any(route => route.Function == function && route.Operation.ShowsSecret);
    }

    private static async Task<string?> ValueAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() as string;
    }

    [GeneratedRegex(Secret)]
    private static partial Regex Pattern();

    /// <summary>Passes on what is written, and looks at it with the end of what came before.</summary>
    private sealed class SearchedStream(Stream inner) : Stream
    {
        private const int Overlap = 200;

        private string tail = "";

        public bool HasSecret { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Look(buffer.AsSpan(offset, count));
            inner.Write(buffer, offset, count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default)
        {
            Look(buffer.Span);
            return inner.WriteAsync(buffer, cancellation);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellation) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellation).AsTask();

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellation) => inner.FlushAsync(cancellation);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        private void Look(ReadOnlySpan<byte> written)
        {
            var text = tail + Encoding.Latin1.GetString(written);
            HasSecret = HasSecret || Pattern().IsMatch(text);
            tail = text[Math.Max(0, text.Length - Overlap)..];
        }
    }
}
