using Assay;

// The client behind ./dev up, drop, search, analyze and runs: a user of the HTTP API and the inbox like any other.
var cancellation = CancellationOnSignal.Token;
try
{
    var address = new Uri(Setting.Required("ASSAY_URL"));
    if (args is ["runs", .. var asked])
    {
        using var instances = new InstancesApi(address);
        return await Runs.RunAsync(instances, RunsOptions.Parse(asked), cancellation);
    }

    using var api = new AssayApi(address);
    var inbox = new Inbox(api, Setting.Required("AzureWebJobsStorage"), Setting.Optional("InboxContainer", "inbox"));
    switch (args)
    {
        case ["demo", var samples]:
            await Demonstration.RunAsync(api, inbox, samples, cancellation);
            break;
        case ["drop", .. { Length: > 0 } files]:
            Show.Documents(await inbox.DropAsync(files, cancellation));
            break;
        case ["search", var text]:
            Show.Hits(text, await api.SearchAsync(text, limit: 5, cancellation));
            break;
        case ["analyze", var file]:
            var prompt = await File.ReadAllTextAsync(file, cancellation);
            Show.Analysis(await api.AnalyzeAsync(prompt, Path.GetFileName(file), cancellation));
            break;
        default:
            throw new DemoException("Expected: demo FOLDER, drop FILE…, search TEXT, analyze FILE, or runs.");
    }
    return 0;
}
catch (Exception exception) when (exception is DemoException or IOException or UnauthorizedAccessException
    or HttpRequestException or Azure.RequestFailedException)
{
    Console.Error.WriteLine($"✗ {exception.Message}");
    return 1;
}
catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
{
    return 130;
}
