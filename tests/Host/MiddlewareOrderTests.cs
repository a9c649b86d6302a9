using Assay.Local;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Assay;

public sealed class MiddlewareOrderTests
{
    [Fact]
    public async Task Middleware_wraps_the_function_from_the_outside_in_and_can_replace_its_result()
    {
        var invocations = new Invocations();
        await using var host = await FunctionsTestHost.StartAsync(
            [typeof(HttpSampleFunctions)],
            new Dictionary<string, string?>(),
            builder =>
            {
                builder.Services.AddScoped<Visit>();
                builder.UseMiddleware(async (context, next) =>
                {
                    try
                    {
                        await next();
                    }
                    catch (InvalidOperationException error)
                    {
                        context.GetInvocationResult().Value = Results.Text(error.Message, statusCode: 418);
                    }
                });
                builder.UseMiddleware(async (context, next) =>
                {
                    invocations.Add($"{context.GetHttpContext()!.Request.Path}");
                    await next();
                });
            });

        var response = await host.Client.GetAsync("/api/Broken");

        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal("a secret", await response.Content.ReadAsStringAsync());
        Assert.Equal(["/api/Broken"], invocations.Of<string>());
    }

    [Fact]
    public async Task Middleware_that_does_not_go_on_keeps_the_function_from_running()
    {
        await using var host = await FunctionsTestHost.StartAsync(
            [typeof(HttpSampleFunctions)],
            new Dictionary<string, string?>(),
            builder =>
            {
                builder.Services.AddScoped<Visit>();
                builder.UseMiddleware((context, _) =>
                {
                    context.GetInvocationResult().Value = Results.StatusCode(403);
                    return Task.CompletedTask;
                });
            });

        Assert.Equal(403, (int)(await host.Client.GetAsync("/api/Echo")).StatusCode);
    }
}
