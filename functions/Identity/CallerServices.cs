using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class CallerServices
{
    /// <summary>Adds what <see cref="CallerMiddleware"/> needs, and all of <see cref="IdentityServices"/>.</summary>
    /// <exception cref="InvalidOperationException">A route does not say who may call it.</exception>
    public static IServiceCollection AddCallers(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<IdentityOptions>()
            .BindConfiguration("Assay")
            .ValidateDataAnnotations()
            .ValidateOnStart();
        return services.AddIdentity(configuration)
            .AddSingleton(RouteTable.Read(typeof(RouteTable).Assembly))
            .AddSingleton<ReturnAddresses>()
            .AddSingleton<OpenApiText>()
            .AddScoped<Confirmation>()
            .AddScoped<Authentication>()
            .AddScoped<CallerWatch>()
            .AddScoped<EventStream>();
    }
}
