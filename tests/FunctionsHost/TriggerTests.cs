using Assay.HostSample;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hosting;

public sealed class TriggerTests
{
    [Fact]
    public async Task A_timer_fires_on_its_schedule()
    {
        var settings = Storage.NewSettings();
        settings["Schedule"] = "* * * * * *";
        await using var app = await StartAsync(settings);
        await Eventually.HoldsAsync(() => Seen(app).Count("tick") >= 2, "two ticks");
    }

    [Fact]
    public async Task Of_two_hosts_of_an_app_one_fires_its_timer()
    {
        var settings = Storage.NewSettings();
        settings["Schedule"] = "* * * * * *";
        await using var first = await StartAsync(settings);
        await using var second = await StartAsync(settings);
        var before = Seen(first).Count("tick");
        await Eventually.HoldsAsync(
            () => Seen(first).Count("tick") + Seen(second).Count("tick") >= before + 3, "three more ticks");
        Assert.Equal(0, Seen(second).Count("tick") + Seen(second).Count("late tick"));
    }

    [Fact]
    public async Task A_timer_whose_time_passed_while_nothing_ran_fires_once_at_start()
    {
        var settings = Storage.NewSettings();
        await Storage.Blobs.GetBlobContainerClient("azure-webjobs-hosts").CreateIfNotExistsAsync();
        await StatusOf(settings).UploadAsync(BinaryData.FromString(
            """
            {"Last":"2023-01-01T00:00:00Z","Next":"2024-02-29T00:00:00Z","LastUpdated":"2023-01-01T00:00:00Z"}
            """));
        await using var app = await StartAsync(settings);
        await Eventually.HoldsAsync(() => Seen(app).Count("late tick") == 1, "one late tick");
        Assert.Equal(0, Seen(app).Count("tick"));
        await Eventually.HoldsAsync(
            async () => !(await StatusOf(settings).DownloadContentAsync()).Value.Content.ToString()
                .Contains("2023-", StringComparison.Ordinal),
            "the new time is remembered");
    }

    [Fact]
    public async Task A_blob_reaches_its_function_with_the_parts_of_its_name()
    {
        var settings = Storage.NewSettings();
        await using var app = await StartAsync(settings);
        await DropAsync(settings, "good.txt", "some text");
        await Eventually.HoldsAsync(() => Seen(app).Count("content some text") == 1, "the blob's content arrives", 60);
        Assert.Equal(1, Seen(app).Count("drop good"));
    }

    [Fact]
    public async Task A_blob_that_fails_is_tried_five_times_and_then_in_the_poison_queue()
    {
        var settings = Storage.NewSettings();
        await using var app = await StartAsync(settings);
        await DropAsync(settings, "broken.txt", "bad");
        var queue = new QueueClient(Storage.Connection, "webjobs-blobtrigger-poison");
        bool IsOfThisTest(BinaryData body) => Text(body).Contains(settings["Container"]!, StringComparison.Ordinal);
        await Eventually.HoldsAsync(
            async () => await queue.ExistsAsync()
                && (await queue.PeekMessagesAsync(32)).Value.Any(one => IsOfThisTest(one.Body)),
            "a message in the poison queue", 120);
        Assert.Equal(5, Seen(app).Count("drop broken"));

        // Others keep theirs there, too.
        foreach (var message in (await queue.ReceiveMessagesAsync(32)).Value.Where(one => IsOfThisTest(one.Body)))
            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
    }

    [Fact]
    public async Task Functions_run_by_hand_do_run()
    {
        var settings = Storage.NewSettings();
        await using var app = await StartAsync(settings);
        using var timer = await app.Client.PostAsync("/admin/functions/Tick", Json("{}"));
        await Eventually.HoldsAsync(() => Seen(app).Count("tick") == 1, "the timer's function has run");
        await Storage.Blobs.GetBlobContainerClient(settings["Container"]).CreateIfNotExistsAsync();
        var container = Storage.Blobs.GetBlobContainerClient(settings["Container"]);
        await container.UploadBlobAsync("hand.txt", BinaryData.FromString("by hand"));
        using var blob = await app.Client.PostAsync(
            "/admin/functions/Drop", Json($$"""{"input":"{{container.Name}}/hand.txt"}"""));
        await Eventually.HoldsAsync(() => Seen(app).Count("content by hand") >= 1, "the blob's function has run");
    }

    [Fact]
    public async Task An_app_of_some_function_classes_has_their_functions_only()
    {
        await using var app = await FunctionsTestHost.StartAsync(
            [typeof(HttpSamples)], Storage.NewSettings(),
            builder => builder.Services.AddSingleton(new Greeting("Some")).AddSingleton<Seen>());
        Assert.Equal("Some, you", await app.Client.GetStringAsync("/api/hello"));
        Assert.DoesNotContain(
            "\"Tick\"", await app.Client.GetStringAsync("/admin/functions"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_activity_fails_its_orchestration()
    {
        await using var app = await StartAsync(Storage.NewSettings());
        using var started = await app.Client.PostAsync("/api/begin/Breaks", null);
        var instance = $"/runtime/webhooks/durabletask/instances/{await started.Content.ReadAsStringAsync()}";
        var status = "";
        await Eventually.HoldsAsync(async () =>
        {
            using var answer = await app.Client.GetAsync(instance);
            status = await answer.Content.ReadAsStringAsync();
            return status.Contains("Failed", StringComparison.Ordinal);
        }, "the orchestration fails");
        Assert.Contains("bad form", status, StringComparison.Ordinal);
        // The worker's wrapping stays between the worker and Durable.
        Assert.DoesNotContain("DurableSerializationException", status, StringComparison.Ordinal);
    }

    private static Task<FunctionsTestHost> StartAsync(Dictionary<string, string?> settings) =>
        FunctionsTestHost.StartAsync(typeof(TriggerSamples).Assembly, settings);

    private static Seen Seen(FunctionsTestHost app) => app.Services.GetRequiredService<Seen>();

    private static Azure.Storage.Blobs.BlobClient StatusOf(Dictionary<string, string?> settings) => Storage.Blobs
        .GetBlobContainerClient("azure-webjobs-hosts")
        .GetBlobClient($"timers/{settings["AzureFunctionsWebHost__hostid"]}/Host.Functions.Tick/status");

    private static async Task DropAsync(Dictionary<string, string?> settings, string name, string content)
    {
        var container = Storage.Blobs.GetBlobContainerClient(settings["Container"]);
        await container.CreateIfNotExistsAsync();
        await container.UploadBlobAsync(name, BinaryData.FromString(content));
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    private static string Text(BinaryData body)
    {
        var text = body.ToString();
        return text.StartsWith('{') ? text : System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(text));
    }
}
