namespace Assay;

/// <summary>The environment of an app process that a test starts.</summary>
internal static class AppSettings
{
    /// <summary>An app that works on a database clone and a container of the test's own.</summary>
    public static Dictionary<string, string> For(TestDatabase database, InboxContainer inbox) =>
        For(database.Settings.ToDictionary(s => s.Key, s => s.Value!), inbox);

    /// <summary>An app that works on a server of the test's own.</summary>
    public static async Task<Dictionary<string, string>> ForAsync(PostgresCluster cluster, InboxContainer inbox) =>
        For(
            new Dictionary<string, string>
            {
                ["Assay__Database"] = cluster.Login("assay_app"),
                ["Assay__JobDatabase"] = cluster.Login("assay_job"),
                ["Assay__ScopeKey"] = await new ScopeKeys(cluster.Administrator).NewestAsync(CancellationToken.None),
                ["DurableDatabase"] = cluster.Login("assay_durable"),
            },
            inbox);

    private static Dictionary<string, string> For(Dictionary<string, string> databases, InboxContainer inbox) =>
        new(databases)
        {
            ["AzureWebJobsStorage"] = TestBlobs.ConnectionString,
            ["InboxContainer"] = inbox.Client.Name,
            // Hosts of one test share timers and locks, and hosts of different tests do not.
            ["AzureFunctionsWebHost__hostid"] = inbox.Client.Name[..32],
            ["RollupSchedule"] = "0 10 2 * * *",
            ["Assay__TrustOrganizationHeader"] = "true",
        };
}
