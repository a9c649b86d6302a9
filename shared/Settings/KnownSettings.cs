namespace Assay;

/// <summary>Every setting that is not a flag.</summary>
public static class KnownSettings
{
    private const int RequestsMax = 1_000_000_000;

    public static NumberSetting KeyRequestsPerMinute { get; } = Requests("key", "minute", 6_000);
    public static NumberSetting KeyRequestsPerDay { get; } = Requests("key", "day", 1_000_000);
    public static NumberSetting UserRequestsPerMinute { get; } = Requests("user", "minute", 6_000);
    public static NumberSetting UserRequestsPerDay { get; } = Requests("user", "day", 1_000_000);
    public static NumberSetting OrganizationRequestsPerMinute { get; } = Requests("organization", "minute", 60_000);
    public static NumberSetting OrganizationRequestsPerDay { get; } = Requests("organization", "day", 10_000_000);
    public static NumberSetting AddressRequestsPerMinute { get; } = Requests("address", "minute", 600);
    public static NumberSetting AddressRequestsPerDay { get; } = Requests("address", "day", 50_000);

    public static NumberSetting AddressRefusalsPerMinute { get; } = Refusals("minute", 60);
    public static NumberSetting AddressRefusalsPerDay { get; } = Refusals("day", 5_000);

    public static NumberSetting OrganizationRequestsAtOnce { get; } = new(
        "organization-requests-at-once",
        "Requests of one organization that one process works on at a time; streams do not count.", 200, 1, 10_000);

    public static NumberSetting RunsInFlight { get; } = new(
        "runs-in-flight",
        "Runs of one kind that are under way for one organization at a time, or half as many while other "
        + "organizations have work; others wait.",
        2, 1, 1_000);

    public static NumberSetting UnclaimedRunsInFlight { get; } = new(
        "unclaimed-runs-in-flight",
        "The same for an organization all of whose members are anonymous accounts.", 1, 1, 1_000);

    public static NumberSetting RunsWaiting { get; } = new(
        "runs-waiting", "Runs of one organization that may wait for their turn; no more are accepted then.",
        10_000, 1, 1_000_000);

    public static NumberSetting Webhooks { get; } = new(
        "webhooks", "Webhooks that an organization may have.", 20, 0, 10_000);

    public static NumberSetting KeysPerUser { get; } = new(
        "keys-per-user", "Active API keys that a member of an organization may have; its own count together.",
        50, 1, 10_000);

    public static NumberSetting OpenInvitations { get; } = new(
        "open-invitations", "Invitations of an organization that may be open at a time.", 100, 1, 100_000);

    public static NumberSetting OrganizationsPerAccount { get; } = new(
        "organizations-per-account", "Organizations that a person may own.", 20, 1, 10_000);

    public static NumberSetting UnclaimedDocuments { get; } = new(
        "unclaimed-documents",
        "Documents that an organization may have all of whose members are anonymous accounts.", 20, 0, 1_000_000);

    public static NumberSetting UnclaimedDocumentBytes { get; } = new(
        "unclaimed-document-bytes", "Bytes that each of these may have.", 1_048_576, 1, 1_000_000_000);

    public static NumberSetting UnclaimedEntities { get; } = new(
        "unclaimed-entities",
        "Entities that an organization may have all of whose members are anonymous accounts.", 200, 0, 10_000_000);

    public static NumberSetting RequestSeconds { get; } = new(
        "request-seconds", "How long a request may take; streams may take longer.", 30, 1, 230);

    public static NumberSetting CompositionBytes { get; } = new(
        "composition-bytes",
        "Bytes of a composed text with its variables filled, and of the contents that it is made of.",
        4 * 1024 * 1024, 1024, 16 * 1024 * 1024);

    public static NumberSetting PredictionCacheSeconds { get; } = new(
        "prediction-cache-seconds", "How long what a model answered is kept.", 3600, 1, 604_800)
    {
        OrganizationsMayChange = true,
    };

    public static NumberSetting ResponseCacheSeconds { get; } = new(
        "response-cache-seconds", "How long what the API counted is kept.", 300, 1, 86_400)
    {
        OrganizationsMayChange = true,
    };

    public static NumberSetting DeletedDaysKept { get; } = new(
        "deleted-days-kept", "Days for which deleted entities can be brought back; 0 keeps them.", 30, 0, 36_500);

    public static NumberSetting EventMonthsKept { get; } = new(
        "event-months-kept",
        "Whole months of the event log that are kept before the current one; 0 keeps all.", 24, 0, 1200);

    public static NumberSetting UsageDaysKept { get; } = new(
        "usage-days-kept", "Days for which each use of a feature is kept; 0 keeps all.", 396, 0, 36_500);

    public static NumberSetting AnalysisSeconds { get; } = new(
        "analysis-seconds",
        "How long each series of checks of an analyzed text may take; those that come too late are left out and named.",
        20, 1, 600);

    public static NumberSetting DocumentSeconds { get; } = new(
        "document-seconds", "Processor time that reading or cutting one document may take.", 60, 1, 3_600);

    public static NumberSetting DocumentMegabytes { get; } = new(
        "document-megabytes", "Memory that reading or cutting one document may take.", 512, 64, 16_384);

    public static IReadOnlyList<Setting> All { get; } =
    [
        AddressRefusalsPerDay, AddressRefusalsPerMinute, AddressRequestsPerDay, AddressRequestsPerMinute,
        AnalysisSeconds, CompositionBytes, DeletedDaysKept, DocumentMegabytes, DocumentSeconds, EventMonthsKept,
        KeyRequestsPerDay, KeyRequestsPerMinute, KeysPerUser, OpenInvitations, OrganizationRequestsAtOnce,
        OrganizationRequestsPerDay, OrganizationRequestsPerMinute, OrganizationsPerAccount, PredictionCacheSeconds,
        RequestSeconds, ResponseCacheSeconds, RunsInFlight, RunsWaiting, UnclaimedDocumentBytes, UnclaimedDocuments,
        UnclaimedEntities, UnclaimedRunsInFlight, UsageDaysKept, UserRequestsPerDay, UserRequestsPerMinute, Webhooks,
    ];

    /// <summary>Null when there is none of this name.</summary>
    public static Setting? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);

    private static NumberSetting Refusals(string window, int otherwise) => new(
        $"address-refusals-per-{window}",
        $"Wrong credentials from one address in a {window} that are answered with 401; more are with 429.",
        otherwise, 1, RequestsMax);

    private static NumberSetting Requests(string subject, string window, int otherwise) => new(
        $"{subject}-requests-per-{window}",
        subject == "address"
            ? $"Requests without a credential that one address may send in a {window}."
            : $"Requests that one {subject} may send in a {window}.",
        otherwise, 1, RequestsMax);
}
