using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace Assay.Hosting;

public sealed partial class ProcessTests
{
    [Fact]
    public async Task The_host_prints_functions_and_invocations_as_core_tools_does()
    {
        await using var host = await HostProcess.StartAsync();
        await host.Client.GetStringAsync("/api/hello");
        await host.PrintsAsync("Executed 'Functions.Hello' (Succeeded, Id=");
        Assert.Contains(
            $"\tHello: [GET] {host.Client.BaseAddress}api/hello/{{name?}}", host.Output, StringComparison.Ordinal);
        Assert.Contains("\tTick: timerTrigger", host.Output, StringComparison.Ordinal);
        Assert.Contains("Executing 'Functions.Hello' (Reason=", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_worker_costs_the_requests_in_it_and_is_replaced()
    {
        await using var host = await HostProcess.StartAsync();
        var worker = await host.WorkerIdAsync();
        var waiting = host.Client.GetAsync("/api/wait/kill?seconds=9");
        await host.CountsAsync("waiting kill", 1);
        Process.GetProcessById(worker).Kill();
        using var lost = await waiting;
        Assert.Equal(HttpStatusCode.InternalServerError, lost.StatusCode);
        Assert.Equal("Hello, you", await host.Client.GetStringAsync("/api/hello"));
        Assert.NotEqual(worker, await host.WorkerIdAsync());
        await host.PrintsAsync("The worker has ended (exit code 137) and is started again.");
        Assert.False(host.HasExited);
    }

    [Fact]
    public async Task No_worker_outlives_a_killed_host()
    {
        await using var host = await HostProcess.StartAsync();
        using var worker = Process.GetProcessById(await host.WorkerIdAsync());
        host.Kill();
        await worker.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.True(worker.HasExited);
    }

    [Fact]
    public async Task A_request_under_way_ends_before_the_host_does()
    {
        await using var host = await HostProcess.StartAsync();
        using var worker = Process.GetProcessById(await host.WorkerIdAsync());
        var waiting = host.Client.GetStringAsync("/api/wait/drain?seconds=2");
        await host.CountsAsync("waiting drain", 1);
        host.Terminate();
        Assert.Equal("waited", await waiting);
        await host.ExitsAsync();
        Assert.Equal(0, host.ExitCode);
        Assert.True(worker.HasExited);
    }

    [Fact]
    public async Task A_function_past_its_time_is_cancelled_and_answers_500()
    {
        var settings = Storage.NewSettings();
        settings["AzureFunctionsJobHost__functionTimeout"] = "00:00:05";
        await using var host = await HostProcess.StartAsync(settings);
        var worker = await host.WorkerIdAsync();
        using var late = await host.Client.GetAsync("/api/wait/late?seconds=60");
        Assert.Equal(HttpStatusCode.InternalServerError, late.StatusCode);
        await host.CountsAsync("cancelled late", 1);
        // It let go, so its worker stays.
        Assert.Equal(worker, await host.WorkerIdAsync());

        using var hanging = await host.Client.GetAsync("/api/hang");
        Assert.Equal(HttpStatusCode.InternalServerError, hanging.StatusCode);
        await host.PrintsAsync("does not end; its worker is replaced.");
        await Eventually.HoldsAsync(async () =>
        {
            try
            {
                return await host.WorkerIdAsync() != worker;
            }
            catch (HttpRequestException)
            {
                // It was killed with this very request in it.
                return false;
            }
        }, "another worker serves");
    }

    [Fact]
    public async Task Beyond_loopback_keys_are_asked_for()
    {
        await using var host = await HostProcess.StartAsync(url: "http://0.0.0.0:0");
        var key = MasterKey().Match(host.Output).Groups[1].Value;
        Assert.NotEmpty(key);
        Assert.Equal("Hello, you", await host.Client.GetStringAsync("/api/hello?code=wrong"));
        foreach (var path in (string[])[
            "/api/keyed", "/api/guarded", "/admin/functions", "/runtime/webhooks/durabletask/instances"])
        {
            using var without = await host.Client.GetAsync(path);
            using var wrong = await host.Client.GetAsync($"{path}?code=wrong");
            using var right = await host.Client.GetAsync($"{path}?code={key}");
            Assert.Equal(
                (HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.OK),
                (without.StatusCode, wrong.StatusCode, right.StatusCode));
        }
    }

    [Fact]
    public async Task Storage_that_is_away_leaves_http_alone()
    {
        var settings = Storage.NewSettings();
        settings["AzureWebJobsStorage"] = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=AAAA;"
            + "BlobEndpoint=http://127.0.0.1:9/a;QueueEndpoint=http://127.0.0.1:9/a;"
            + "TableEndpoint=http://127.0.0.1:9/a;";
        await using var host = await HostProcess.StartAsync(settings, until: "Now listening on: ");
        Assert.Equal("Hello, you", await host.Client.GetStringAsync("/api/hello"));
        await host.PrintsAsync("Connection refused");
        Assert.Equal("Hello, you", await host.Client.GetStringAsync("/api/hello"));
        Assert.False(host.HasExited);
    }

    [Fact]
    public async Task A_folder_without_an_app_leaves_a_host_that_says_so()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            // The port is taken before it is used, for nothing prints it.
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
            probe.Stop();
            await using var host = await HostProcess.StartAsync(
                url: url, folder: folder.FullName, until: "There is no host.json");
            using var client = new HttpClient { BaseAddress = new Uri(url) };
            HttpResponseMessage? answer = null;
            await Eventually.HoldsAsync(async () =>
            {
                try
                {
                    answer = await client.GetAsync("/api/hello");
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            }, "it answers");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer!.StatusCode);
            Assert.Equal("Function host is not running.", await answer.Content.ReadAsStringAsync());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_and_ends_the_host()
    {
        using var other = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";
        await using var host = await HostProcess.StartAsync(url: url, until: $"{url} is taken.");
        await host.ExitsAsync();
        Assert.Equal(1, host.ExitCode);
    }

    [Fact]
    public async Task Two_workers_share_the_requests()
    {
        var settings = Storage.NewSettings();
        settings["FUNCTIONS_WORKER_PROCESS_COUNT"] = "2";
        await using var host = await HostProcess.StartAsync(settings);
        HashSet<int> workers = [];
        await Eventually.HoldsAsync(
            async () => workers.Add(await host.WorkerIdAsync()) && workers.Count == 2, "both workers serve");
    }

    [GeneratedRegex("The master key of this run is ([0-9a-f]+)")]
    private static partial Regex MasterKey();
}
