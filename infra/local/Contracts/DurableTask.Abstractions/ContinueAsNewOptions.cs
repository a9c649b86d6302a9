namespace Microsoft.DurableTask;

public class ContinueAsNewOptions
{
    public object? NewInput { get; set; }

    /// <summary>Whether events not yet waited for go to the new generation. On by default.</summary>
    public bool PreserveUnprocessedEvents { get; set; } = true;

    /// <summary>The running version when null.</summary>
    public string? NewVersion { get; set; }
}
