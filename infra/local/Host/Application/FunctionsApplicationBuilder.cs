using Assay.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Gathers what an app registers; <see cref="Build"/> makes the whole host of it.</summary>
public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    private readonly WebApplicationBuilder web;
    private readonly HostStart start;
    private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware = [];

    internal FunctionsApplicationBuilder(string[] args, InProcessStart? inProcess)
    {
        start = HostStart.Read(args, inProcess);
        web = start.CreateBuilder();
    }

    /// <summary>What functions and services read their settings from.</summary>
    public ConfigurationManager Configuration => web.Configuration;

    /// <summary>The environment, from <c>AZURE_FUNCTIONS_ENVIRONMENT</c> and its usual substitutes.</summary>
    public IHostEnvironment Environment => web.Environment;

    /// <summary>Where log lines go.</summary>
    public ILoggingBuilder Logging => web.Logging;

    /// <summary>Where measurements go.</summary>
    public IMetricsBuilder Metrics => web.Metrics;

    /// <summary>Shared state of those that configure this builder.</summary>
    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)web).Properties;

    /// <summary>Services that functions are constructed from, in a scope per invocation.</summary>
    public IServiceCollection Services => web.Services;

    IConfigurationManager IHostApplicationBuilder.Configuration => web.Configuration;

    /// <summary>
    /// The host: an <see cref="IHost"/> that serves HTTP, timers, blobs and orchestrations once started.
    /// </summary>
    public IHost Build() => HostComposition.Build(web, start, middleware);

    /// <summary>Replaces the service container.</summary>
    public void ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull =>
        ((IHostApplicationBuilder)web).ConfigureContainer(factory, configure);

    /// <summary>Adds middleware around every invocation; the first added is the outermost.</summary>
    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        this.middleware.Add(middleware);
        return this;
    }
}
