using Assay.HostSample;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
// What is read here has to be there before anything is built.
builder.Services.AddSingleton(new Greeting(builder.Configuration["Greeting"] ?? "Hello"));
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = null);
builder.Services.AddSingleton<Seen>();
builder.Build().Run();
