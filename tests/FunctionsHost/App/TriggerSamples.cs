using Microsoft.Azure.Functions.Worker;

namespace Assay.HostSample;

public sealed class TriggerSamples(Seen seen)
{
    [Function(nameof(Tick))]
    public void Tick([TimerTrigger("%Schedule%")] TimerInfo timer) => seen.Add(timer.IsPastDue ? "late tick" : "tick");

    [Function(nameof(Drop))]
    public void Drop([BlobTrigger("%Container%/{name}.txt")] string content, string name)
    {
        seen.Add($"drop {name}");
        if (content == "bad")
            throw new InvalidOperationException("A bad one.");
        seen.Add($"content {content}");
    }
}
