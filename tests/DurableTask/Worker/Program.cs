using System.Globalization;
using Assay.DurableTask.PostgreSql;
using Assay.DurableTaskTests;
using DurableTask.Core;

// A worker that a test starts and mistreats: connection string, task hub, and settings as name=value.
// With "bench" first, a benchmark.
if (args is ["bench", ..])
    return await Bench.RunAsync(args[1..]);

var settings = new PostgreSqlOrchestrationServiceSettings(args[0])
{
    TaskHubName = args[1], LoggerFactory = new ErrorLog(),
};
foreach (var pair in args[2..].Select(setting => setting.Split('=', 2)))
{
    switch (pair[0])
    {
        case "lease":
            settings.Lease = TimeSpan.Parse(pair[1], CultureInfo.InvariantCulture);
            break;
        case "sessions":
            settings.ExtendedSessions = bool.Parse(pair[1]);
            break;
        case "deaths":
            settings.MaxDeaths = int.Parse(pair[1], CultureInfo.InvariantCulture);
            break;
        default:
            throw new ArgumentException($"There is no setting {pair[0]}.");
    }
}
await using var service = new PostgreSqlOrchestrationService(settings);
using var worker = new TaskHubWorker(service) { ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails };
Samples.All().AddTo(worker);
await worker.StartAsync();
Console.WriteLine("started");
var stop = new TaskCompletionSource();
using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        stop.TrySetResult();
    });
await stop.Task;
await worker.StopAsync(isForced: false);
return 0;
