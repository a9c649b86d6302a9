namespace Assay;

public sealed class PermissionsTests
{
    [Fact]
    public void Each_role_may_do_what_those_before_it_may()
    {
        foreach (var permission in Permissions.LeastRoles.Keys)
            foreach (var role in Enum.GetValues<Role>())
                Assert.Equal(role >= Permissions.LeastRoles[permission], Session(role).May(permission));
    }

    [Fact]
    public void The_page_for_people_has_the_same_table()
    {
        var page = File.ReadAllLines(Repository.PathOf("shared/Identity/README.md"));

        Assert.Equal(
            Permissions.LeastRoles.Select(pair => $"| `{pair.Key}` | {pair.Value.ToString().ToLowerInvariant()} |"),
            page.Where(line => line.StartsWith("| `", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_scope_narrows_a_key_and_writing_includes_reading()
    {
        var key = Session(Role.Member) with { SessionId = null, Scopes = ["documents:write", "members:write"] };

        Assert.True(key.May("documents:write"));
        Assert.True(key.May("documents:read"));
        Assert.False(key.May("runs:read"));
        Assert.False(key.May("members:write"));
        Assert.False(key.May(Permissions.SignedIn));
        Assert.True(key.May(Permissions.Authenticated));
    }

    [Fact]
    public void Without_an_organization_a_person_may_do_only_what_concerns_the_account()
    {
        var person = Session(Role.Owner) with { OrganizationId = null, Role = null };

        Assert.True(person.May(Permissions.SignedIn));
        Assert.False(person.May(Permissions.Operations));
        Assert.All(Permissions.LeastRoles.Keys, permission => Assert.False(person.May(permission)));
    }

    [Fact]
    public void Nobody_may_do_nothing_but_what_anyone_may()
    {
        Assert.True(Caller.Anonymous.May(Permissions.Anyone));
        Assert.False(Caller.Anonymous.May(Permissions.Authenticated));
        Assert.False(Caller.Anonymous.May(Permissions.SignedIn));
        Assert.All(Permissions.LeastRoles.Keys, permission => Assert.False(Caller.Anonymous.May(permission)));
    }

    private static Caller Session(Role role) => new(
        ActorKind.User, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), "known", role,
        IsAdmin: false, Scopes: null, SessionId: Guid.CreateVersion7());
}
