using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class RunServices
{
    /// <summary>Adds the stores of runs, and the logs of events and usage that everything writes to.</summary>
    public static IServiceCollection AddRuns(this IServiceCollection services) =>
        services
            .AddScoped<RunStore>().AddScoped<AdmittedRuns>().AddScoped<RunBacklog>().AddScoped<RunCancellation>()
            .AddScoped<UsageLog>();
}
