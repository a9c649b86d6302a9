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

    /// <summary>How long a receiver may take, from the look-up of its host to the headers of its answer.</summary>
    [Range(1, 30)]
    public int TimeoutSeconds { get; set; } = 5;

    /// <summary>Messages in a row that fail at every attempt before a webhook is disabled.</summary>
    [Range(1, 1000)]
    public int FailuresMax { get; set; } = 5;

    /// <summary>Messages that one process sends at a time.</summary>
    [Range(1, 4096)]
    public int AtOnce { get; set; } = 256;

    /// <summary>Of these, messages of one organization.</summary>
    [Range(1, 4096)]
    public int OrganizationAtOnce { get; set; } = 4;

    /// <summary>Of these, messages to one webhook; to one whose last attempt failed, a single one.</summary>
    [Range(1, 4096)]
    public int WebhookAtOnce { get; set; } = 2;

    public IReadOnlyList<int> Delays => [.. RetryDelays.Split(' ').Select(int.Parse)];

    /// <summary>
    /// Messages that one process sends at a time to receivers that failed: half of all, so that there is room for those
    /// that work.
    /// </summary>
    internal int FailingAtOnce => Math.Max(1, AtOnce / 2);

    /// <summary>A process that dies while it sends keeps its messages from others for this long.</summary>
    internal TimeSpan Lease => TimeSpan.FromSeconds(TimeoutSeconds + 10);
}
