using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>Section <c>Assay:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Assay:Webhooks";

    /// <summary>
    /// Seconds between an attempt that failed and the next, separated by spaces; as many as there are retries. By
    /// default those of the Standard Webhooks specification, over three days.
    /// </summary>
    [RegularExpression("[0-9]{1,6}( [0-9]{1,6}){0,19}", ErrorMessage = "Expected up to 20 whole numbers of seconds.")]
    public string RetryDelays { get; set; } = "5 300 1800 7200 18000 36000 50400 72000 86400";

    /// <summary>How long a receiver may take to answer.</summary>
    [Range(1, 60)]
    public int TimeoutSeconds { get; set; } = 15;

    /// <summary>Messages in a row that fail at every attempt before a webhook is disabled.</summary>
    [Range(1, 1000)]
    public int FailuresMax { get; set; } = 5;

    public IReadOnlyList<int> Delays => [.. RetryDelays.Split(' ').Select(int.Parse)];
}
