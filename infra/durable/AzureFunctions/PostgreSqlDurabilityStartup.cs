using Assay.DurableTask.PostgreSql.AzureFunctions;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Azure.WebJobs.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: WebJobsStartup(typeof(PostgreSqlDurabilityStartup), "DurableTaskPostgreSql")]

namespace Assay.DurableTask.PostgreSql.AzureFunctions;

/// <summary>Makes the provider known to the Durable extension; <c>host.json</c> chooses it.</summary>
public sealed class PostgreSqlDurabilityStartup : IWebJobsStartup
{
    /// <inheritdoc />
    public void Configure(IWebJobsBuilder builder) =>
        builder.Services.AddSingleton<IDurabilityProviderFactory, PostgreSqlDurabilityProviderFactory>();
}
