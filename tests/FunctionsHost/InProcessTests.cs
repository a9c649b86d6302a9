using Assay.HostSample;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hosting;

public sealed class InProcessTests
{
    private static readonly System.Reflection.Assembly Sample = typeof(HttpSamples).Assembly;

    [Fact]
    public async Task Several_apps_run_in_one_process_each_with_settings_of_its_own()
    {
        var apps = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
        {
            var settings = Storage.NewSettings();
            settings["Greeting"] = $"Hi {i}";
            return FunctionsTestHost.StartAsync(Sample, settings);
        }));
        for (var i = 0; i < apps.Length; i++)
        {
            await using var app = apps[i];
            Assert.Equal($"Hi {i}, you", await app.Client.GetStringAsync("/api/hello"));
        }
    }

    [Fact]
    public async Task A_setting_of_an_app_goes_before_a_variable_of_the_process()
    {
        Environment.SetEnvironmentVariable("Greeting", "Environment");
        try
        {
            var settings = Storage.NewSettings();
            settings["Greeting"] = "Setting";
            await using var app = await FunctionsTestHost.StartAsync(Sample, settings);
            Assert.Equal("Setting, you", await app.Client.GetStringAsync("/api/hello"));
            Assert.Equal("Environment", Environment.GetEnvironmentVariable("Greeting"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("Greeting", null);
        }
    }

    [Fact]
    public async Task A_test_replaces_services_and_sees_the_apps_own()
    {
        await using var app = await FunctionsTestHost.StartAsync(
            Sample, Storage.NewSettings(), services => services.AddSingleton(new Greeting("Replaced")));
        Assert.Equal("Replaced, you", await app.Client.GetStringAsync("/api/hello"));
        Assert.Equal("Replaced", app.Services.GetRequiredService<Greeting>().Word);
    }

    [Fact]
    public async Task An_app_that_does_not_start_tells_why()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => FunctionsTestHost.StartAsync(
            Sample, Storage.NewSettings(), _ => throw new NotSupportedException("Not like this.")));
        Assert.Contains("Not like this.", error.Message, StringComparison.Ordinal);
        Assert.IsType<NotSupportedException>(error.InnerException);
    }

    [Fact]
    public async Task An_orchestration_runs_from_its_client_to_its_result()
    {
        await using var app = await FunctionsTestHost.StartAsync(Sample, Storage.NewSettings());
        var started = await app.Client.PostAsync("/api/begin/Sum", null);
        Assert.True(started.IsSuccessStatusCode, $"{started.StatusCode}");
        var id = await started.Content.ReadAsStringAsync();
        var instance = $"/runtime/webhooks/durabletask/instances/{id}";
        string status = "";
        await Eventually.HoldsAsync(
            async () => (status = await app.Client.GetStringAsync(instance))
                .Contains("Completed", StringComparison.Ordinal),
            "the orchestration completes");
        Assert.Contains("\"output\":14", status, StringComparison.Ordinal);
    }
}
