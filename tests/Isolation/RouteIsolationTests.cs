using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Every route of the app, as somebody whom it is not for. A new route is found by itself.</summary>
public sealed partial class RouteIsolationTests(IsolationFixture fixture) : IClassFixture<IsolationFixture>
{
    // Where a route has an id and a body, what lets it come as far as looking for the id.
    private static readonly Dictionary<string, string> Bodies = [];

    // Routes whose parameter is no tenant's: what it names is there for everybody, or is one's own only.
    private static readonly string[] Shared =
        ["sessions/", "providers/", "flags/", "settings/", "operations/", "auth/", "me/", "label-rules/", "shared/",
            "public/"];

    private static IEnumerable<Route> Routes => RouteTable.Read(typeof(RouteTable).Assembly).Routes;

    [Fact]
    public async Task What_belongs_to_another_tenant_is_answered_as_what_does_not_exist()
    {
        foreach (var route in Routes.Where(IsOfATenant))
        {
            var known = await SendAsync(fixture.Mine.Owner, route, PathOf(route, fixture.Theirs.Ids));
            var unknown = await SendAsync(fixture.Mine.Owner, route, PathOf(route, null));

            Assert.True(
                known.Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden,
                $"{route.Function} answered {(int)known.Status}: {known.Text}");
            Assert.Equal((unknown.Status, Anonymous(unknown.Text)), (known.Status, Anonymous(known.Text)));
            Assert.DoesNotContain(fixture.Theirs.Mark, known.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Its_own_tenant_is_answered()
    {
        foreach (var route in Routes.Where(route => IsOfATenant(route) && route.Methods.Contains("GET")))
            Assert.Equal(
                (route.Function, HttpStatusCode.OK),
                (route.Function, (await SendAsync(
                    fixture.Theirs.Owner, route, PathOf(route, fixture.Theirs.Ids))).Status));
    }

    [Fact]
    public async Task Nothing_that_was_done_as_another_tenant_had_an_effect()
    {
        var before = await StateAsync();
        foreach (var route in Routes.Where(IsOfATenant))
            await SendAsync(fixture.Mine.Owner, route, PathOf(route, fixture.Theirs.Ids));

        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task No_list_shows_anything_of_another_tenant()
    {
        var lists = Routes.Where(route => route.Methods.Contains("GET") && !route.Template.Contains('{')).ToList();
        foreach (var route in lists.Where(route => Permissions.LeastRoles.ContainsKey(route.Operation.Permission)))
        {
            var mine = await SendAsync(fixture.Mine.Owner, route, $"/api/{route.Template}");

            Assert.Equal(HttpStatusCode.OK, mine.Status);
            Assert.DoesNotContain(fixture.Theirs.Mark, mine.Text, StringComparison.Ordinal);
            Assert.DoesNotContain($"{fixture.Theirs.Id}", mine.Text, StringComparison.Ordinal);
            foreach (var id in fixture.Theirs.Ids.Values)
                Assert.DoesNotContain($"{id}", mine.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_credential_every_route_but_those_for_anyone_is_refused()
    {
        foreach (var route in Routes.Where(route => route.Operation.Permission != Permissions.Anyone))
        {
            var answer = await SendAsync(fixture.App.Client, route, PathOf(route, fixture.Mine.Ids));
            Assert.True(
                answer.Status == HttpStatusCode.Unauthorized, $"{route.Function} answered {(int)answer.Status}");
        }
    }

    [Theory]
    [InlineData("Viewer")]
    [InlineData("Member")]
    [InlineData("Admin")]
    public async Task A_role_that_does_not_suffice_is_refused_on_every_route(string name)
    {
        var role = Enum.Parse<Role>(name);
        var client = await fixture.App.ClientOfAsync(fixture.Mine.Id, role);
        foreach (var route in Routes)
        {
            var permission = route.Operation.Permission;
            var refused = permission is Permissions.Operations or Permissions.SignedIn
                || (Permissions.LeastRoles.TryGetValue(permission, out var least) && role < least);
            if (!refused)
                continue;
            var answer = await SendAsync(client, route, PathOf(route, fixture.Mine.Ids));
            Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{route.Function} answered {(int)answer.Status}");
        }
    }

    [Fact]
    public async Task A_scope_that_does_not_suffice_is_refused_on_every_route()
    {
        foreach (var route in Routes.Where(route => Permissions.LeastRoles.ContainsKey(route.Operation.Permission)))
        {
            var other = Permissions.LeastRoles.Keys.First(
                permission => !Permissions.Include([permission], route.Operation.Permission));
            var client = await fixture.App.ClientOfAsync(fixture.Mine.Id, Role.Owner, other);
            var answer = await SendAsync(client, route, PathOf(route, fixture.Mine.Ids));
            Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{route.Function} answered {(int)answer.Status}");
        }
    }

    [Fact]
    public async Task How_long_an_answer_takes_does_not_tell_what_exists_elsewhere()
    {
        foreach (var route in Routes.Where(route => IsOfATenant(route) && route.Methods.Contains("GET")))
        {
            // Another query, or the reading of a row, would show every time; noise of the machine does not.
            var ratios = new List<double>();
            do
                ratios.Add(await RatioAsync(route));
            while (ratios[^1] is <= 0.5 or >= 2 && ratios.Count < 4);
            Assert.True(ratios[^1] is > 0.5 and < 2, $"{route.Function}: {ratios[^1]:0.00} times as long");
        }
    }

    private static bool IsOfATenant(Route route) =>
        route.Template.Contains('{') && !Array.Exists(Shared, route.Template.StartsWith);

    private static string PathOf(Route route, IReadOnlyDictionary<string, Guid>? ids)
    {
        var plain = Constraint().Replace(route.Template.Replace("{version:int}", "1"), "}");
        return "/api/" + Parameter().Replace(plain, parameter =>
        {
            var place = plain[..(parameter.Index + parameter.Length)];
            if (ids is null || Array.Exists(Shared, plain.StartsWith))
                return $"{Guid.NewGuid()}";
            return ids.TryGetValue(place, out var id)
                ? $"{id}"
                : throw new InvalidOperationException($"{nameof(Tenant)} has nothing for the parameter of {place}.");
        });
    }

    // Ids and traces differ between any two answers.
    private static string Anonymous(string text) => Hexadecimal().Replace(text, "x");

    private static async Task<(HttpStatusCode Status, string Text)> SendAsync(
        HttpClient client, Route route, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(route.Methods.Single()), path);
        if (route.Methods.Single() is "POST" or "PATCH" or "PUT")
            request.Content = new StringContent(
                Bodies.GetValueOrDefault(route.Template, "{}"), Encoding.UTF8, "application/json");
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<double> TimeAsync(Route route, string path)
    {
        var began = Stopwatch.GetTimestamp();
        await SendAsync(fixture.Mine.Owner, route, path);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private async Task<double> RatioAsync(Route route)
    {
        var (known, unknown) = (new List<double>(), new List<double>());
        for (var n = 0; n < 40; n++)
        {
            known.Add(await TimeAsync(route, PathOf(route, fixture.Theirs.Ids)));
            unknown.Add(await TimeAsync(route, PathOf(route, null)));
        }
        return Median(known) / Median(unknown);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    // What there is of the other tenant, but for what time alone changes.
    private Task<string> StateAsync() => fixture.App.Database.ValueAsync<string>(
        $"""
        with theirs (id) as (values ('{fixture.Theirs.Id}'::uuid))
        select jsonb_build_array(
            (select jsonb_agg(to_jsonb(t) order by t.id) from core.document t join theirs o on o.id = organization_id),
            (select jsonb_agg(to_jsonb(t) order by t.id) from core.analysis_result t
                join theirs o on o.id = organization_id),
            (select jsonb_agg(to_jsonb(t) - 'last_used_at' order by t.id) from ops.api_key t
                join theirs o on o.id = organization_id),
            (select jsonb_agg(to_jsonb(t) order by t.id) from ops.organization_user t
                join theirs o on o.id = organization_id),
            -- Without what a delivery under way writes.
            (select jsonb_agg(
                    to_jsonb(t) - array['failures', 'failed_attempts', 'failing_since', 'resume_at'] order by t.id)
                from ops.webhook t join theirs o on o.id = organization_id),
            (select count(*) from ops.event join theirs o on o.id = organization_id))::text
        """);

    [GeneratedRegex(@":[a-z]+\}")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{[A-Za-z]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex Hexadecimal();
}
