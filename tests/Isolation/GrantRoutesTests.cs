namespace Assay;

/// <summary>The routes that grant.</summary>
internal static class GrantRoutes
{
    /// <summary>Each function once, whatever doors it has.</summary>
    public static IEnumerable<Route> All =>
        RouteTable.Read(typeof(RouteTable).Assembly).Routes.DistinctBy(route => route.Function);

    public static IEnumerable<Route> Marked => All.Where(route => route.Operation.Grants != GrantKind.None);
}

/// <summary>No route that grants is forgotten, neither by its mark nor by the matrix.</summary>
public sealed class GrantRoutesTests
{
    // What writes who may do or see what.
    private static readonly Type[] stores =
    [
        typeof(ApiKeyStore), typeof(InvitationStore), typeof(MemberStore), typeof(OrganizationRegistry),
        typeof(OrganizationStore), typeof(ShareStore), typeof(CredentialStore), typeof(WebhookStore),
        typeof(SessionStore), typeof(SignIn), typeof(ProviderSignIn), typeof(AccountStore), typeof(PasswordChange),
        typeof(LinkedAccountStore), typeof(LabelStore), typeof(ImportStore),
    ];

    // Beside such a store, these hand out nothing.
    private static readonly Dictionary<string, string> others = new()
    {
        ["ChangeMe"] = "names and a picture",
        ["ChangeOrganization"] = "its name",
        ["RequestEmailVerification"] = "mail to one's own address",
        ["VerifyEmail"] = "that one's own address is one's own",
        ["CommentOnEntity"] = "what one thinks of what one sees",
        ["ChangeComment"] = "what one thinks of what one sees",
        ["DeleteComment"] = "what one thinks of what one sees",
        ["ChangeShared"] = "what a share gives, and nothing of it to others",
        ["CommentOnShared"] = "what a share gives, and nothing of it to others",
    };

    [Fact]
    public void Every_route_with_a_store_that_grants_is_marked_or_said_to_grant_nothing()
    {
        var unmarked = GrantRoutes.All
            .Where(route => !route.Methods.Contains("GET") && route.Operation.Grants == GrantKind.None
                && Array.Exists(stores, Dependencies(route.Method.DeclaringType!).Contains))
            .Select(route => route.Function);

        Assert.Equal(others.Keys.Order(), unmarked.Order());
    }

    [Fact]
    public void Every_route_that_is_marked_is_asked_and_no_other() =>
        Assert.Equal(GrantRoutes.Marked.Select(route => route.Function).Order(), GrantCases.All.Keys.Order());

    private static IEnumerable<Type> Dependencies(Type type) =>
        type.GetConstructors().Single().GetParameters().Select(parameter => parameter.ParameterType);
}
