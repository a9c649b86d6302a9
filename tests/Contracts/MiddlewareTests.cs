using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Assay;

public sealed class MiddlewareTests
{
    private readonly Pipeline pipeline = new();

    [Fact]
    public async Task What_is_added_first_runs_outermost()
    {
        pipeline.UseMiddleware<Traced>();
        pipeline.UseMiddleware(async (context, next) =>
        {
            context.Trace("inline in");
            await next();
            context.Trace("inline out");
        });

        Assert.Equal(
            ["class in", "inline in", "function", "inline out", "class out"], await pipeline.RunAsync());
    }

    [Fact]
    public async Task A_condition_decides_for_each_invocation()
    {
        pipeline.UseWhen<Traced>(context => context.InvocationId == "yes");
        pipeline.UseWhen(context => context.InvocationId == "no", (context, next) =>
        {
            context.Trace("inline");
            return next();
        });

        Assert.Equal(["class in", "function", "class out"], await pipeline.RunAsync("yes"));
        Assert.Equal(["inline", "function"], await pipeline.RunAsync("no"));
        Assert.Equal(["function"], await pipeline.RunAsync("neither"));
    }

    [Fact]
    public async Task One_instance_of_a_middleware_serves_all_invocations()
    {
        pipeline.UseMiddleware<Counting>();

        await pipeline.RunAsync();
        var second = await pipeline.RunAsync();

        Assert.Equal(["2", "function"], second);
    }

    private sealed class Traced : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.Trace("class in");
            await next(context);
            context.Trace("class out");
        }
    }

    private sealed class Counting : IFunctionsWorkerMiddleware
    {
        private int invocations;

        public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            context.Trace($"{++invocations}");
            return next(context);
        }
    }

    /// <summary>Builds the pipeline as a host does: from the last step added to the first.</summary>
    private sealed class Pipeline : IFunctionsWorkerApplicationBuilder
    {
        private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> steps = [];
        private IServiceProvider? provider;

        public IServiceCollection Services { get; } = new ServiceCollection();

        public IFunctionsWorkerApplicationBuilder Use(
            Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
        {
            steps.Add(middleware);
            return this;
        }

        public async Task<List<string>> RunAsync(string invocationId = "1")
        {
            provider ??= Services.BuildServiceProvider();
            FunctionExecutionDelegate run = context =>
            {
                context.Trace("function");
                return Task.CompletedTask;
            };
            for (var step = steps.Count - 1; step >= 0; step--)
                run = steps[step](run);

            var context = new BareFunctionContext(provider, invocationId);
            await run(context);
            return context.Traced();
        }
    }
}
