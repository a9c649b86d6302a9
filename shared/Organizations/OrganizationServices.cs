using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class OrganizationServices
{
    /// <summary>Adds organizations, their members, invitations and API keys.</summary>
    public static IServiceCollection AddOrganizations(this IServiceCollection services) =>
        services.AddScoped<OrganizationRegistry>()
            .AddScoped<OrganizationStore>()
            .AddScoped<MemberStore>()
            .AddScoped<InvitationStore>()
            .AddScoped<ApiKeyStore>()
            .AddScoped<OrganizationPurge>();
}
