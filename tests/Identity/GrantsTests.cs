namespace Assay;

public sealed class GrantsTests
{
    private static readonly Role[] roles = Enum.GetValues<Role>();

    [Fact]
    public void A_session_gives_every_role_up_to_its_own_and_nobody_without_one_gives_any()
    {
        foreach (var own in roles)
            Assert.Equal(roles.Where(role => role <= own), roles.Where(As(own).MayGive));
        Assert.DoesNotContain(roles, (As(Role.Owner) with { Role = null }).MayGive);
    }

    [Fact]
    public void A_narrowed_key_gives_the_roles_that_its_scopes_cover()
    {
        Assert.DoesNotContain(roles, As(Role.Owner, "members:write").MayGive);
        Assert.Equal(roles, roles.Where(As(Role.Owner, "admin").MayGive));
        foreach (var given in roles)
        {
            var covering = Permissions.LeastRoles.Where(least => least.Value <= given).Select(least => least.Key);
            Assert.Equal(
                roles.Where(role => role <= given), roles.Where(As(Role.Owner, [.. covering]).MayGive));
        }
    }

    [Fact]
    public void A_scope_is_given_by_whoever_has_it()
    {
        Assert.True(As(Role.Member).MayGive("admin"));
        Assert.True(As(Role.Member).MayGive("documents:write"));
        Assert.False(As(Role.Member).MayGive("audit:read"));
        Assert.False(As(Role.Owner, "documents:read").MayGive("documents:write"));
        Assert.False(As(Role.Owner, [.. Permissions.LeastRoles.Keys]).MayGive("admin"));
    }

    [Fact]
    public void A_key_is_given_by_its_user_and_the_organizations_own_by_admins()
    {
        var (owner, admin, member) = (As(Role.Owner), As(Role.Admin), As(Role.Member));

        Assert.True(member.MayGiveKey(member.UserId, ["admin"]));
        Assert.False(member.MayGiveKey(member.UserId, ["runs:read", "audit:read"]));
        Assert.False(owner.MayGiveKey(member.UserId, ["runs:read"]));
        Assert.False(member.MayGiveKey(null, ["runs:read"]));
        Assert.True(admin.MayGiveKey(null, ["runs:read"]));
        Assert.True((admin with { UserId = null, Scopes = ["admin"] }).MayGiveKey(null, ["runs:read"]));
        Assert.False((admin with { UserId = null, Scopes = ["admin"] }).MayGiveKey(member.UserId, ["runs:read"]));
    }

    [Fact]
    public void Admins_take_from_those_up_to_their_own_role()
    {
        foreach (var own in roles)
            Assert.Equal(
                own >= Role.Admin ? roles.Where(role => role <= own) : [],
                roles.Where(role => As(own).MayTakeFrom(role)));
        Assert.True(As(Role.Admin).MayTakeFrom(null));
    }

    private static Caller As(Role role, params string[] scopes) => new(
        ActorKind.User, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), "known", role,
        IsAdmin: false, scopes is [] ? null : scopes, scopes is [] ? Guid.CreateVersion7() : null);
}
