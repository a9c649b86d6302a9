using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class WebhookServices
{
    /// <summary>Adds webhooks. Needs <see cref="SecretServices"/> and <see cref="OutboundServices"/>.</summary>
    /// <param name="configuration">Its section <c>Assay:Webhooks</c> is read as <see cref="WebhookOptions"/>.</param>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WebhookOptions>()
            .Bind(configuration.GetSection(WebhookOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        return services
            .AddScoped<WebhookStore>().AddScoped<WebhookSender>().AddScoped<WebhookBacklog>()
            .AddScoped<WebhookDeliveries>();
    }
}
