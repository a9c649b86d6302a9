using System.Net;
using Assay.Local;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed record Color(string Name);

public sealed record Shape(string Name);

public sealed class ColorConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new((string?)context.Source switch
    {
        "none" => ConversionResult.Failed(new FormatException("no such color")),
        var name => ConversionResult.Success(new Color($"{name}!")),
    });
}

public sealed class ShapeConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) =>
        new(context.TargetType == typeof(Shape)
            ? ConversionResult.Success(new Shape("square"))
            : ConversionResult.Unhandled());
}

public sealed class ConvertedFunctions(Invocations invocations)
{
    [Function("Painted")]
    public string Painted(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "painted/{color}")] HttpRequest request,
        [InputConverter(typeof(ColorConverter))] Color color,
        Shape shape) =>
        $"{color.Name} {shape.Name}";

    [Function("Json")]
    public async Task<HttpResponseData> Json(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequestData request, CancellationToken cancellation)
    {
        var greeting = await request.ReadFromJsonAsync<Greeting>(cancellation);
        var response = request.CreateResponse();
        await response.WriteAsJsonAsync(greeting! with { Count = 9 }, cancellation);
        return response;
    }

    [Function("Retried")]
    [FixedDelayRetry(2, "00:00:00.050")]
    public void Retried([TimerTrigger("0 0 0 29 2 *", RunOnStartup = true)] TimerInfo timer, FunctionContext context)
    {
        invocations.Add($"{context.RetryContext.RetryCount} of {context.RetryContext.MaxRetryCount}");
        throw new InvalidOperationException("always");
    }
}

public sealed class DoubleFunctions
{
    [Function("First")]
    public void First([ActivityTrigger] string input)
    {
    }

    [Function("Second")]
    public void Second([ActivityTrigger(Activity = "first")] string input)
    {
    }
}

public sealed class ExtensionPointTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private readonly Invocations invocations = new();

    [Fact]
    public async Task The_apps_own_converters_bind_parameters()
    {
        await using var host = await StartAsync(typeof(ConvertedFunctions));

        Assert.Equal("red! square", await host.Client.GetStringAsync("/api/painted/red"));
        Assert.Equal(
            HttpStatusCode.InternalServerError, (await host.Client.GetAsync("/api/painted/none")).StatusCode);
    }

    [Fact]
    public async Task The_workers_types_read_and_write_JSON()
    {
        await using var host = await StartAsync(typeof(ConvertedFunctions));

        var response = await host.Client.PostAsync("/api/Json", new StringContent("""{"name":"Ada","COUNT":1}"""));

        Assert.Equal("""{"Name":"Ada","Count":9}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_timer_is_retried_as_its_policy_says()
    {
        await using var host = await StartAsync(typeof(ConvertedFunctions));

        await Eventually.TrueAsync(
            () => Task.FromResult(invocations.Of<string>().Count >= 3), null, () => "It was not retried.");
        await Eventually.TrueAsync(
            () => database.ValueAsync<bool>("select last_at is not null from durable.timer_status"), null,
            () => "The run was not recorded.");
        Assert.Equal(["0 of 2", "1 of 2", "2 of 2"], invocations.Of<string>());
    }

    [Fact]
    public async Task Two_activities_of_one_name_leave_the_first_served()
    {
        await using var host = await StartAsync(typeof(DoubleFunctions));

        Assert.Equal("{}", await host.Client.GetStringAsync("/admin/functions/First/status"));
        Assert.Contains(
            "another activity with the name", await host.Client.GetStringAsync("/admin/functions/Second/status"),
            StringComparison.Ordinal);
    }

    private Task<FunctionsTestHost> StartAsync(Type functions) => FunctionsTestHost.StartAsync(
        [functions],
        database.Settings,
        builder =>
        {
            builder.Services.AddSingleton(invocations);
            builder.Services.Configure<WorkerOptions>(options => options.InputConverters.Register<ShapeConverter>());
        });
}
