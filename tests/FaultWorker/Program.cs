using Assay;
using Assay.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// A durable engine and nothing else, for tests to kill, to stop and to lie to. The command line sets DurableOptions:
// --ConnectionString=… --HubName=… --Lease=00:00:02
var builder = Host.CreateEmptyApplicationBuilder(new() { Args = args });
builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
builder.Services.AddDurableEngine(options => builder.Configuration.Bind(options));
using var host = builder.Build();

await using var log = new RunLog(builder.Configuration["ConnectionString"]!);
Workflows.AddTo(host.Services.GetRequiredService<DurableFunctions>(), log);
await host.RunAsync();
