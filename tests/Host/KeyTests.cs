using Assay.Local;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class KeyTests : IAsyncLifetime
{
    private FunctionsTestHost host = null!;

    public async Task InitializeAsync() => host = await FunctionsTestHost.StartAsync(
        [typeof(HttpSampleFunctions)],
        new Dictionary<string, string?>
        {
            ["Host__EnforceKeys"] = "true",
            ["Host__MasterKey"] = "master",
            ["Host__FunctionKey"] = "function",
            ["Host__FunctionKeys__FunctionLevel"] = "own",
            ["Host__FunctionKeys__Echo"] = "others",
        },
        builder => builder.Services.AddScoped<Visit>());

    public Task DisposeAsync() => host.DisposeAsync().AsTask();

    [Theory]
    [InlineData("/api/Echo", null, 200)]
    [InlineData("/api/Echo", "wrong", 200)]
    [InlineData("/api/FunctionLevel", null, 401)]
    [InlineData("/api/FunctionLevel", "wrong", 401)]
    [InlineData("/api/FunctionLevel", "others", 401)]
    [InlineData("/api/FunctionLevel", "own", 200)]
    [InlineData("/api/FunctionLevel", "function", 200)]
    [InlineData("/api/FunctionLevel", "master", 200)]
    [InlineData("/api/AdminLevel", null, 401)]
    [InlineData("/api/AdminLevel", "function", 401)]
    [InlineData("/api/AdminLevel", "master", 200)]
    [InlineData("/admin/host/status", null, 401)]
    [InlineData("/admin/host/status", "wrong", 401)]
    [InlineData("/admin/host/status", "function", 403)]
    [InlineData("/admin/host/status", "own", 403)]
    [InlineData("/admin/host/status", "master", 200)]
    [InlineData("/admin/functions", "function", 403)]
    [InlineData("/admin/host/ping", null, 200)]
    public async Task A_key_opens_what_its_level_allows(string path, string? key, int expected)
    {
        using var header = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            header.Headers.Add("x-functions-key", key);

        Assert.Equal(expected, (int)(await host.Client.SendAsync(header)).StatusCode);
        Assert.Equal(expected, (int)(await host.Client.GetAsync(key is null ? path : $"{path}?code={key}")).StatusCode);
    }

    [Fact]
    public async Task Keys_are_not_asked_for_unless_the_host_is_told_to()
    {
        await using var open = await FunctionsTestHost.StartAsync(
            [typeof(HttpSampleFunctions)], new Dictionary<string, string?>(),
            builder => builder.Services.AddScoped<Visit>());

        Assert.Equal("admin", await open.Client.GetStringAsync("/api/AdminLevel"));
    }
}
