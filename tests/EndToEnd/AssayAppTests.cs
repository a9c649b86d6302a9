using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class AssayAppTests
{
    [Fact]
    public async Task The_app_runs_in_a_test_and_every_function_of_it_loads()
    {
        await using var app = await AssayApp.StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/api/health")).StatusCode);
        var status = await app.Client.GetFromJsonAsync<JsonObject>("/admin/host/status");
        Assert.Null(status!["errors"]);
    }
}
