namespace Assay;

/// <summary>
/// The database as the app sees it: through the role <c>assay_app</c> and the organization of the scope.
/// </summary>
public sealed class Database(DatabasePools pools, OrganizationScope scope) : DatabaseSession(pools.App, scope, pools);
