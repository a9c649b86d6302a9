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

    public static IReadOnlyList<Setting> All { get; } =
    [
        AddressRefusalsPerDay, AddressRefusalsPerMinute, AddressRequestsPerDay, AddressRequestsPerMinute,
        CompositionBytes, DeletedDaysKept, EventMonthsKept, KeyRequestsPerDay, KeyRequestsPerMinute,
        OrganizationRequestsAtOnce, OrganizationRequestsPerDay, OrganizationRequestsPerMinute, PredictionCacheSeconds,
        RequestSeconds, ResponseCacheSeconds, UsageDaysKept, UserRequestsPerDay, UserRequestsPerMinute,
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
