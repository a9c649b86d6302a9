using Assay;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// Work on documents goes on in processes of this program, which have limits of their own.
if (args is [DocumentProgram.Argument])
{
    DocumentProgram.Run();
    return;
}

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();

builder.UseMiddleware<TraceMiddleware>();
builder.UseMiddleware<AnswerHeadersMiddleware>();
builder.UseMiddleware<ProblemMiddleware>();
builder.UseMiddleware<CallerMiddleware>();
builder.UseMiddleware<LimitMiddleware>();
builder.UseMiddleware<RequestMiddleware>();
builder.UseMiddleware<IdempotencyMiddleware>();

// Its lines tell the addresses of requests, in which there may be the token of a link.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

builder.Services.AddTelemetry(builder.Configuration);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddDatabase(builder.Configuration);
builder.Services.AddBlobs(builder.Configuration);
builder.Services.AddOutbound(builder.Configuration);
builder.Services.AddSecrets(builder.Configuration);
builder.Services.AddCallers(builder.Configuration);
builder.Services.AddIdentityProviders(builder.Configuration);
builder.Services.AddSettings();
builder.Services.AddOrganizations();
builder.Services.AddWebhooks(builder.Configuration);
builder.Services.AddScoped<AuditLog>();
builder.Services.AddScoped<IdempotencyStore>();
builder.Services.AddLimits();
builder.Services.AddRequestLimits();
builder.Services.AddCaching();
builder.Services.AddRuns();
builder.Services.AddProviders(builder.Configuration);
builder.Services.AddEntities();
builder.Services.AddSharing();
builder.Services.AddExchange();
builder.Services.AddScoped<McpPrompts>().AddScoped<McpTools>();
builder.Services.AddTechniques();
builder.Services.AddFrameworks();
builder.Services.AddDocuments(builder.Configuration, typeof(DocumentIngestion).Assembly.Location);
builder.Services.AddSearch();
builder.Services.AddMarts();
builder.Services.AddAnalyses(builder.Configuration);
builder.Services.AddScoped<ReadinessProbe>();

builder.Build().Run();
