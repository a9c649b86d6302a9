using Azure.Core.Serialization;

namespace Microsoft.Azure.Functions.Worker;

public class WorkerOptions
{
    /// <summary>How bodies are read and written; the host sets a default after the app's own options.</summary>
    public ObjectSerializer? Serializer { get; set; }

    public InputConverterCollection InputConverters { get; } = new();

    public IDictionary<string, string> Capabilities { get; } = new Dictionary<string, string>
    {
        ["HandlesWorkerTerminateMessage"] = bool.TrueString,
        ["HandlesInvocationCancelMessage"] = bool.TrueString,
        [nameof(IncludeEmptyEntriesInMessagePayload)] = bool.TrueString,
        ["EnableUserCodeException"] = bool.TrueString,
    };

    [Obsolete("This is now the default behavior. This property may be unavailable in future releases.", false)]
    public bool EnableUserCodeException
    {
        get => Has(nameof(EnableUserCodeException));
        set => Switch(nameof(EnableUserCodeException), value);
    }

    public bool IncludeEmptyEntriesInMessagePayload
    {
        get => Has(nameof(IncludeEmptyEntriesInMessagePayload));
        set => Switch(nameof(IncludeEmptyEntriesInMessagePayload), value);
    }

    private bool Has(string capability) =>
        Capabilities.TryGetValue(capability, out var value) && bool.TryParse(value, out var on) && on;

    // A capability that is off is absent: its mere presence may count as on.
    private void Switch(string capability, bool on)
    {
        if (on)
            Capabilities[capability] = bool.TrueString;
        else
            Capabilities.Remove(capability);
    }
}
