using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// The database as <see cref="Database"/>, with the word that it is the stores of accounts, sessions, keys, members and
/// invitations who ask. The functions that change these do nothing without it, so that what somebody slips into any
/// other statement cannot call them. For these stores alone.
/// </summary>
public sealed partial class IdentityDatabase(DatabasePools pools, OrganizationScope scope)
    : DatabaseSession(pools.App, scope, pools, isIdentityWork: true)
{
    // Functions change what they are asked for, but for those that look something up. Attempts that are counted or
    // recorded are no change of what a request is about.
    private protected override bool MayChange(string sql) => !LooksUp().IsMatch(sql);

    [GeneratedRegex(@"^select (\* from )?ops\.(find|list|is|check|take_attempt|forgive_attempt)_?")]
    private static partial Regex LooksUp();
}
