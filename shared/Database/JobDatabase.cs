namespace Assay;

/// <summary>
/// The database across all organizations, through the role <c>assay_job</c>: for rollups, sweeps and maintenance only,
/// never for a request.
/// </summary>
public sealed class JobDatabase(DatabasePools pools) : DatabaseSession(pools.Job, null, pools);
