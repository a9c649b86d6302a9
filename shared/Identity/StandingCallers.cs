namespace Assay;

/// <summary>Callers for work that goes on when their request is over.</summary>
public sealed class StandingCallers(Database database, OrganizationScope scope)
{
    /// <summary>
    /// Who began some work in the current organization, with the rights of this moment. Null when they have left it, or
    /// the API key that they began it by has expired or was revoked.
    /// </summary>
    public async Task<Caller?> FindAsync(Actor began, CancellationToken cancellation)
    {
        // The organization's own header is trusted where there are no people.
        if (began.Kind == ActorKind.System)
            return new(ActorKind.System, null, null, scope.Id, null, Role.Owner, IsAdmin: false, Scopes: null);

        var row = await database.FindAsync<Row>(
            "select * from ops.find_standing(@type, @Id)",
            new { type = began.Kind == ActorKind.ApiKey ? "api_key" : "user", began.Id }, cancellation);
        return row is null
            ? null
            : new(
                began.Kind, began.Id, row.UserId, scope.Id, null, Enum.Parse<Role>(row.Role, ignoreCase: true),
                row.IsAdmin, row.Scopes);
    }

    private sealed record Row(Guid? UserId, bool IsAdmin, string Role, string[]? Scopes);
}
