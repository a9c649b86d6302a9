using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Local;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class UnknownTriggerAttribute : TriggerBindingAttribute;

public sealed class UnknownInputAttribute : InputBindingAttribute;

/// <summary>Functions most of which cannot be served, for different reasons.</summary>
public sealed class FaultyFunctions
{
    [Function("Good")]
    public string Good([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "good/{id}")] HttpRequest request) =>
        "good";

    [Function("Reserved")]
    public void Reserved([HttpTrigger(AuthorizationLevel.Anonymous, Route = "admin/things")] HttpRequest request)
    {
    }

    [Function("AlsoReserved")]
    public void AlsoReserved([HttpTrigger(AuthorizationLevel.Anonymous, Route = "/Runtime")] HttpRequest request)
    {
    }

    [Function("SameRoute")]
    public string SameRoute(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", "get", Route = "GOOD/{name}")] HttpRequest request) =>
        "same";

    [Function("good")]
    public string Doubled([HttpTrigger(AuthorizationLevel.Anonymous, Route = "doubled")] HttpRequest request) => "";

    [Function("BadRoute")]
    public string BadRoute([HttpTrigger(AuthorizationLevel.Anonymous, Route = "a/{b")] HttpRequest request) => "";

    [Function("BadConstraint")]
    public void BadConstraint([HttpTrigger(AuthorizationLevel.Anonymous, Route = "a/{b:color}")] HttpRequest request)
    {
    }

    [Function("NoTrigger")]
    public string NoTrigger(string text) => text;

    [Function("Unknown")]
    public void Unknown([UnknownTrigger] string text)
    {
    }

    [Function("UnknownInput")]
    public void UnknownInput(
        [HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request, [UnknownInput] string text)
    {
    }

    [Function("Unbound")]
    public void Unbound([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request, BlobClient blob)
    {
    }

    [Function("BadSchedule")]
    public void BadSchedule([TimerTrigger("every day")] TimerInfo timer)
    {
    }

    [Function("NoSetting")]
    public void NoSetting([TimerTrigger("%Missing%")] TimerInfo timer)
    {
    }

    [Function("Private")]
    internal string Private([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => "";
}

public sealed class AdminTests : IAsyncLifetime
{
    private FunctionsTestHost host = null!;

    public async Task InitializeAsync() => host = await FunctionsTestHost.StartAsync(
        [typeof(FaultyFunctions)],
        new Dictionary<string, string?>
        {
            ["DurableDatabase"] = "Host=127.0.0.1;Port=1",
            ["AzureWebJobsStorage"] = "x",
        });

    public Task DisposeAsync() => host.DisposeAsync().AsTask();

    [Theory]
    [InlineData("Reserved", "The specified route conflicts with one or more built in routes.")]
    [InlineData("AlsoReserved", "The specified route conflicts with one or more built in routes.")]
    [InlineData("SameRoute", "The route specified conflicts with the route defined by function 'Good'.")]
    [InlineData("good", "The function name 'good' must be unique within the function app.")]
    [InlineData("BadRoute", "The route 'a/{b' is not valid")]
    [InlineData("BadConstraint", "color")]
    [InlineData("NoTrigger", "The function 'NoTrigger' has no trigger.")]
    [InlineData("Unknown", "The binding 'UnknownTriggerAttribute' is not registered")]
    [InlineData("UnknownInput", "Cannot bind parameter 'text' to type String by 'UnknownInputAttribute'.")]
    [InlineData("Unbound", "Cannot bind parameter 'blob' to type BlobClient.")]
    [InlineData("BadSchedule", "The schedule 'every day' is not valid")]
    [InlineData("NoSetting", "'%Missing%' does not resolve to a value.")]
    [InlineData("Private", "must be public")]
    public async Task A_function_in_error_says_why_and_keeps_no_other_from_being_served(string name, string error)
    {
        var status = await host.Client.GetFromJsonAsync<JsonObject>($"/admin/functions/{name}/status");
        var state = await host.Client.GetFromJsonAsync<JsonObject>("/admin/host/status");

        Assert.Contains(error, (string?)status!["errors"]![0], StringComparison.Ordinal);
        Assert.Equal("Running", (string?)state!["state"]);
        Assert.Contains(
            state["errors"]!.AsArray(),
            one => ((string?)one)!.StartsWith($"The '{name}' function is in error: ", StringComparison.Ordinal));
        Assert.Equal("good", await host.Client.GetStringAsync("/api/good/1"));
        if (name != "good")
        {
            var run = await host.Client.PostAsJsonAsync($"/admin/functions/{name}", new { });
            Assert.Equal(HttpStatusCode.NotFound, run.StatusCode);
        }
    }

    [Fact]
    public async Task Functions_are_listed_with_their_bindings()
    {
        var list = await host.Client.GetFromJsonAsync<JsonArray>("/admin/functions");
        var one = await host.Client.GetFromJsonAsync<JsonObject>("/admin/functions/GOOD");

        Assert.Equal("Good", (string?)Assert.Single(list!)!["name"]);
        Assert.Equal($"{host.Address}api/good/{{id}}", (string?)one!["invoke_url_template"]);
        Assert.Equal("httpTrigger", (string?)one["config"]!["bindings"]![0]!["type"]);
        Assert.Equal("good/{id}", (string?)one["config"]!["bindings"]![0]!["route"]);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("/admin/functions/none")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("/admin/functions/none/status")).StatusCode);
    }

    [Theory]
    [InlineData("text/plain", "{}", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "{", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "[]", HttpStatusCode.BadRequest)]
    [InlineData("application/json", """{"input":{}}""", HttpStatusCode.BadRequest)]
    [InlineData("application/json", """{"input":"a","input":"b"}""", HttpStatusCode.BadRequest)]
    public async Task A_run_is_asked_for_in_JSON(string type, string body, HttpStatusCode expected)
    {
        var response = await host.Client.PostAsync(
            "/admin/functions/Good", new StringContent(body, Encoding.UTF8, type));

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Ping_answers() =>
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/admin/host/ping")).StatusCode);

    [Theory]
    [InlineData("AzureFunctionsJobHost:functionTimeout", "soon")]
    [InlineData("AzureFunctionsJobHost:extensions:blobs:poisonBlobThreshold", "0")]
    [InlineData("WEBSITE_TIME_ZONE", "Nowhere/Land")]
    public async Task A_host_with_an_invalid_configuration_stays_up_and_says_so(string name, string value)
    {
        await using var invalid = await FunctionsTestHost.StartAsync(
            [typeof(FaultyFunctions)], new Dictionary<string, string?> { [name] = value });

        var response = await invalid.Client.GetAsync("/api/good/1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("Function host is not running.", await response.Content.ReadAsStringAsync());
        var status = await invalid.Client.GetFromJsonAsync<JsonObject>("/admin/host/status");
        Assert.Equal("Error", (string?)status!["state"]);
        Assert.Contains(value, (string?)status["errors"]![0], StringComparison.Ordinal);
    }
}
