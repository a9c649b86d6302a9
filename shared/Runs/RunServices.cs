using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class RunServices
{
    /// <summary>Adds <see cref="RunStore"/>, and the logs of events and usage that everything writes to.</summary>
    public static IServiceCollection AddRuns(this IServiceCollection services) =>
        services.AddScoped<RunStore>().AddScoped<EventLog>().AddScoped<UsageLog>();
}
