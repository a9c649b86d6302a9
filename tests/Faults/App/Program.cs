using Assay.Faults;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// An app for tests to kill, to stop and to lie to.
var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddSingleton(new RunLog(builder.Configuration["DurableDatabase"]!));
builder.Build().Run();
