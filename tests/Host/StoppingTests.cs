using System.Net;
using System.Net.Sockets;
using Assay.Local;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

public sealed class LastingFunctions
{
    [Function("Lasting")]
    public async Task<string> Lasting([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
    {
        Gates.Open("lasting-started");
        await Gates.Wait("lasting-may-end");
        return "done";
    }
}

public sealed class StoppingTests
{
    [Fact]
    public async Task A_stop_refuses_new_connections_and_lets_what_runs_finish()
    {
        var host = await FunctionsTestHost.StartAsync([typeof(LastingFunctions)], new Dictionary<string, string?>());
        var running = host.Client.GetAsync("/api/Lasting");
        await Gates.Wait("lasting-started");

        var stopping = host.StopAsync();

        await Eventually.TrueAsync(() => IsRefusedAsync(host.Address), null, () => "New connections were accepted.");
        Assert.False(stopping.IsCompleted);
        Gates.Open("lasting-may-end");
        Assert.Equal("done", await (await running).Content.ReadAsStringAsync());
        await stopping;
        await host.DisposeAsync();
    }

    [Fact]
    public async Task Hosts_in_one_process_keep_to_themselves()
    {
        var none = new Dictionary<string, string?>();
        var settings = new Dictionary<string, string?>
        {
            ["AzureFunctionsJobHost__extensions__http__routePrefix"] = "",
        };
        await using var one = await FunctionsTestHost.StartAsync([typeof(LastingFunctions)], settings);
        await using var two = await FunctionsTestHost.StartAsync([typeof(FaultyFunctions)], none);

        Assert.NotEqual(one.Address, two.Address);
        Assert.Equal("good", await two.Client.GetStringAsync("/api/good/1"));
        Assert.Equal(HttpStatusCode.NotFound, (await one.Client.GetAsync("/api/good/1")).StatusCode);
    }

    [Fact]
    public async Task An_app_that_fails_to_start_says_why()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => FunctionsTestHost.StartAsync(
            [typeof(LastingFunctions)], new Dictionary<string, string?>(),
            _ => throw new InvalidOperationException("no luck")));

        Assert.Contains("no luck", error.Message, StringComparison.Ordinal);
    }

    private static async Task<bool> IsRefusedAsync(Uri address)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
