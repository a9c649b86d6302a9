namespace Assay;

/// <summary>A request to a route that grants.</summary>
/// <param name="Parameters">For those of the route's template, in their order.</param>
internal sealed record GrantRequest(object[] Parameters, object? Body = null, string Query = "");

/// <summary>One thing that a route could be asked to hand out, and to whom it would.</summary>
/// <param name="What">In words.</param>
/// <param name="Arrange">Makes what it is about.</param>
/// <param name="Allows">The rule, stated once more.</param>
internal sealed record GrantCase(
    string What, Func<GrantScene, GrantRequest> Arrange, Func<GrantActor, bool> Allows)
{
    /// <summary>Whether it is about something in the organization, which nobody has who is not there.</summary>
    public bool IsHere { get; init; } = true;

    /// <summary>What tells that the rule let it pass; null is any status of success.</summary>
    public int? Passed { get; init; }

    /// <summary>About what is the actor's own, wherever they are.</summary>
    public GrantCase Anywhere => this with { IsHere = false };

    /// <summary>For what was not made as it would have to be for the request to succeed in the end.</summary>
    public GrantCase PassedWith(int status) => this with { Passed = status };
}

/// <summary>What every route that grants is asked, by the names of their functions.</summary>
internal static class GrantCases
{
    private static readonly string secret = $"sk-{Guid.NewGuid():n}{Guid.NewGuid():n}";

    public static IReadOnlyDictionary<string, GrantCase[]> All { get; } = new[]
    {
        Keys, Invitations, Members, Shares, Credentials, Webhooks, Sessions, SignIns, Labels, Contents,
    }.SelectMany(cases => cases).ToDictionary();

    private static Dictionary<string, GrantCase[]> Keys => new()
    {
        ["CreateKey"] =
        [
            new GrantCase(
                "one's own", _ => At(NewKey("runs:read")),
                a => a.IsPerson && a.Is(Role.Member) && a.Has("keys:write") && a.Has("runs:read")).Anywhere,
            new GrantCase(
                "one's own for all", _ => At(NewKey("admin")),
                a => a.IsPerson && a.Is(Role.Member) && a.IsWhole).Anywhere,
            new GrantCase(
                "one's own for admins", _ => At(NewKey("audit:read")),
                a => a.IsPerson && a.Is(Role.Admin) && a.Has("keys:write") && a.Has("audit:read")).Anywhere,
            new GrantCase(
                "the organization's", _ => At(NewKey("runs:read", true)),
                a => a.Is(Role.Admin) && a.Has("keys:write") && a.Has("runs:read")).Anywhere,
            new GrantCase(
                "the organization's for all", _ => At(NewKey("admin", true)),
                a => a.Is(Role.Admin) && a.IsWhole).Anywhere,
        ],
        ["ChangeKey"] = KeyCases(new { name = "Other" }),
        ["RotateKey"] = KeyCases(new { }),
        ["RevokeKey"] =
        [
            new GrantCase("one's own", s => At(null, s.OwnKey("admin")), a => OwnsKeys(a)).Anywhere,
            new("an owner's", s => At(null, s.Key(s.Owner, "admin")), a => a.Is(Role.Owner) && a.Has("keys:write")),
            new("a member's", s => At(null, s.Key(s.Person(Role.Member), "admin")), RevokesKeys),
            new("a former owner's", s => At(null, s.KeyOfFormer(Role.Owner)), RevokesKeys),
            new("the organization's", s => At(null, s.Key(null, "admin")), RevokesKeys),
        ],
    };

    private static Dictionary<string, GrantCase[]> Invitations => new()
    {
        ["CreateInvitation"] =
        [
            new GrantCase("a viewer", _ => At(new { role = "viewer" }), a => a.Is(Role.Admin) && a.IsWhole).Anywhere,
            new GrantCase("an admin", _ => At(new { role = "admin" }), a => a.Is(Role.Admin) && a.IsWhole).Anywhere,
            new GrantCase("an owner", _ => At(new { role = "owner" }), a => a.Is(Role.Owner) && a.IsWhole).Anywhere,
        ],
        ["RevokeInvitation"] =
        [
            new(
                "an owner's", s => At(null, s.Invitation(s.Owner, "owner")),
                a => a.Is(Role.Admin) && a.Has("members:write")),
        ],
        ["AcceptInvitation"] =
        [
            new GrantCase(
                "of an owner", s => At(new { token = s.Token(s.Owner, "owner") }), a => a.IsSession && !a.IsHere)
                .Anywhere,
            new GrantCase("of a former admin", s => At(new { token = Demoted(s, "status = 'removed'") }), _ => false),
            new GrantCase("of a demoted admin", s => At(new { token = Demoted(s, "role = 'member'") }), _ => false),
        ],
    };

    private static Dictionary<string, GrantCase[]> Members => new()
    {
        ["ChangeMember"] =
        [
            new(
                "a member to an admin", s => At(new { role = "admin" }, s.Person(Role.Member)),
                a => a.Is(Role.Admin) && a.IsWhole),
            new(
                "a member to an owner", s => At(new { role = "owner" }, s.Person(Role.Member)),
                a => a.Is(Role.Owner) && a.IsWhole),
            new(
                "an owner to a viewer", s => At(new { role = "viewer" }, s.Person(Role.Owner)),
                a => a.Is(Role.Owner) && a.IsWhole),
        ],
        ["RemoveMember"] =
        [
            new("a member", s => At(null, s.Person(Role.Member)), a => a.Is(Role.Admin) && a.Has("members:write")),
            new("an owner", s => At(null, s.Person(Role.Owner)), a => a.Is(Role.Owner) && a.Has("members:write")),
            new GrantCase(
                "oneself", s => At(null, s.Actor ?? s.Owner),
                a => a.IsPerson && a.Role is not null
                    && (a.IsSession || (a.Is(Role.Admin) && a.Has("members:write")))).Anywhere,
            new("a member with private entities", s => At(null, Hiding(s, Role.Member)), _ => false),
            new(
                "a member, their entities sealed",
                s => At(null, Hiding(s, Role.Member)) with { Query = "?private=seal" },
                a => a.Is(Role.Admin) && a.Has("members:write")),
            new(
                "a member, their entities handed over",
                s => At(null, Hiding(s, Role.Member)) with { Query = $"?private=handOver&to={s.Owner}" },
                a => a.Is(Role.Admin) && a.Has("members:write") && a.Has("entities:admin")),
        ],
        ["HandOverEntities"] =
        [
            new(
                "a former member's", s => At(new { to = s.Owner }, Hidden(s, s.Former(Role.Member))),
                a => a.Is(Role.Owner) && a.Has("entities:admin")),
            new("a member's", s => At(new { to = s.Owner }, Hiding(s, Role.Member)), _ => false),
        ],
        ["CreateOrganization"] = [new GrantCase("one", _ => At(new { name = "New" }), a => a.IsSession).Anywhere],
        ["DeleteOrganization"] =
        [
            new GrantCase("one's own", _ => At(), a => a.Is(Role.Owner) && a.Has("organization:delete")).Anywhere,
        ],
        ["DeleteMe"] = [new GrantCase("the account", _ => At(), a => a.IsSession).Anywhere],
    };

    private static Dictionary<string, GrantCase[]> Shares => new()
    {
        ["ShareEntity"] =
        [
            new(
                "another's", s => At(NewLink, s.Prompt(s.Owner)),
                a => a.Is(Role.Admin) && a.Has("entities:admin") && a.Has("entities:write")),
            new GrantCase(
                "one's own", s => At(NewLink, s.OwnPrompt()),
                a => a.Has("entities:write")
                    && (a.IsPerson ? a.Is(Role.Member) : a.Is(Role.Admin) && a.Has("entities:admin"))).Anywhere,
            new("what is private and shared with one", s => At(NewLink, SharedHidden(s)), _ => false),
        ],
        ["RevokeShare"] =
        [
            new(
                "a link", s => At(null, s.Link(s.Prompt(s.Owner))),
                a => a.Is(Role.Admin) && a.Has("entities:admin") && a.Has("entities:write")),
            new(
                "what is shared with one", s => At(null, s.ShareWithActor(s.Prompt(s.Owner))),
                a => a.Role is not null && a.Has("entities:write") && (a.IsPerson || a.Has("entities:admin"))),
        ],
    };

    private static Dictionary<string, GrantCase[]> Credentials => new()
    {
        ["AddCredential"] =
        [
            new GrantCase(
                "the organization's", _ => At(new { provider = "openai", name = "a", secret }),
                a => a.Is(Role.Admin) && a.Has("credentials:write")).Anywhere,
            new GrantCase(
                "one's own", _ => At(new { provider = "openai", name = "a", secret, isPersonal = true }),
                a => a.IsPerson && a.Is(Role.Member) && a.Has("credentials:write")).Anywhere,
        ],
        ["ChangeCredential"] = CredentialCases(new { name = "b" }),
        ["DeleteCredential"] = CredentialCases(null),
        // The secret is none that could be read.
        ["ValidateCredential"] = [.. CredentialCases(null).Select(one => one.PassedWith(409))],
    };

    private static Dictionary<string, GrantCase[]> Webhooks => new()
    {
        ["CreateWebhook"] =
        [
            new GrantCase(
                "one", _ => At(new { url = "https://example.com/hook", status = "paused" }), SendsEvents).Anywhere,
        ],
        ["ChangeWebhook"] = [new("one", s => At(new { url = "https://example.com/b" }, s.Webhook()), SendsEvents)],
        // The secret is none that could be read.
        ["RotateWebhookSecret"] = [new GrantCase("one", s => At(null, s.Webhook()), SendsEvents).PassedWith(409)],
        ["DeleteWebhook"] = [new("one", s => At(null, s.Webhook()), a => a.Is(Role.Admin) && a.Has("webhooks:write"))],
        ["PingWebhook"] = [new("one", s => At(null, s.Webhook()), a => a.Is(Role.Admin) && a.Has("webhooks:write"))],
        ["RepeatWebhookMessage"] =
        [
            new("one", s => s.Webhook() is var id ? At(null, id, s.Message(id)) : null!,
                a => a.Is(Role.Admin) && a.Has("webhooks:write")),
        ],
    };

    private static Dictionary<string, GrantCase[]> Sessions => new()
    {
        ["RefreshSession"] = [OfSession("one's own", _ => At())],
        ["LogOut"] = [OfSession("one's own", _ => At())],
        ["RevokeSessions"] = [OfSession("one's own", _ => At())],
        ["RevokeSession"] =
        [
            // A removal has ended it.
            new GrantCase(
                "one's own", s => At(null, s.SessionOf(s.Actor ?? s.Owner)),
                a => a.IsSession && a.Role is not null).Anywhere,
            new("another's", s => At(null, s.SessionOf(s.Owner)), _ => false),
        ],
        ["ChangePassword"] =
        [
            new GrantCase(
                "a first one", _ => At(new { currentPassword = "", newPassword = Person.Password }),
                a => a.IsSession && !a.IsAnonymous).Anywhere,
        ],
        ["ClaimAccount"] =
        [
            new GrantCase(
                "an anonymous account",
                _ => At(new { email = $"{Guid.NewGuid():n}@example.com", password = Person.Password }),
                a => a.IsSession && a.IsAnonymous).Anywhere,
        ],
        ["RequestEmailChange"] =
        [
            new GrantCase(
                "another address", _ => At(new { email = $"{Guid.NewGuid():n}@example.com" }),
                a => a.IsSession && !a.IsAnonymous).Anywhere,
        ],
        ["ChangeEmail"] = [new("without the mail", _ => At(new { token = "unknown" }), _ => false)],
        ["UnlinkAccount"] =
        [
            OfSession("one's own", s => At(null, s.LinkedAccount(s.Actor ?? s.Owner))),
            new("another's", s => At(null, s.LinkedAccount(s.Owner)), _ => false),
        ],
    };

    // A credential is no proof of what these ask for.
    private static Dictionary<string, GrantCase[]> SignIns => new()
    {
        ["Register"] =
        [
            new(
                "by no invitation", _ => At(new { password = Person.Password, invitation = "asi_unknown" }),
                _ => false),
        ],
        ["LogIn"] =
        [
            new("by no password", s => At(new { email = $"{s.Owner:n}@example.com", password = "" }), _ => false),
        ],
        ["ExchangeCode"] =
        [
            new("by no code", _ => At(new { code = "unknown", verifier = new string('a', 43) }), _ => false),
        ],
        ["StartProviderSignIn"] = [new("at no provider", _ => At(null, "nobody"), _ => false)],
        ["StartInvitedSignIn"] = [new("at no provider", _ => At(new { }, "nobody"), _ => false)],
        ["EndProviderSignIn"] = [new("at no provider", _ => At(null, "nobody"), _ => false)],
        // By mail, whoever asks.
        ["RequestPasswordReset"] =
        [
            new GrantCase("anybody's", s => At(new { email = $"{s.Owner:n}@example.com" }), _ => true).Anywhere,
        ],
        ["ResetPassword"] =
        [
            new("by no token", _ => At(new { token = "unknown", password = Person.Password }), _ => false),
        ],
    };

    private static Dictionary<string, GrantCase[]> Labels => new()
    {
        ["SetEntityLabel"] =
        [
            new(
                "any", s => At(new { version = 1 }, s.Prompt(s.Owner), "draft"),
                a => a.Is(Role.Member) && a.Has("entities:write")),
            new(
                "a protected one", s => At(new { version = 1 }, s.Prompt(s.Owner), s.Rule()),
                a => a.Is(Role.Admin) && a.Has("entities:write") && a.Has("entities:admin")),
        ],
        ["RemoveEntityLabel"] =
        [
            new(
                "any", s => s.Prompt(s.Owner) is var id ? At(null, id, s.Label(id)) : null!,
                a => a.Is(Role.Member) && a.Has("entities:write")),
            new(
                "a protected one", s => s.Prompt(s.Owner) is var id ? At(null, id, s.Label(id, s.Rule())) : null!,
                a => a.Is(Role.Admin) && a.Has("entities:write") && a.Has("entities:admin")),
        ],
        ["SetLabelRule"] =
        [
            new GrantCase(
                "one", _ => At(new { needsApproval = true }, "production"),
                a => a.Is(Role.Admin) && a.Has("entities:admin")).Anywhere,
        ],
        ["RemoveLabelRule"] = [new("one", s => At(null, s.Rule()), a => a.Is(Role.Admin) && a.Has("entities:admin"))],
        ["DecideLabelRequest"] =
        [
            new(
                "another's", s => At(new { approve = true }, s.LabelRequest(s.Prompt(s.Owner))),
                a => a.IsPerson && a.Is(Role.Admin) && a.Has("entities:admin")),
        ],
    };

    private static Dictionary<string, GrantCase[]> Contents => new()
    {
        ["Export"] = [new GrantCase("all", _ => At(), a => a.Is(Role.Viewer) && a.Has("entities:read")).Anywhere],
        ["Import"] =
        [
            new GrantCase(
                "nothing", _ => At(System.Text.Json.JsonSerializer.Serialize(BundleHeader.Present, Json.Options)),
                a => a.Is(Role.Member) && a.Has("entities:write")).Anywhere,
        ],
    };

    private static object NewLink => new { grantee = "link", permission = "edit" };

    private static GrantCase[] KeyCases(object body) =>
    [
        new GrantCase(
            "one's own", s => At(body, s.OwnKey("runs:read")), a => OwnsKeys(a) && a.Has("runs:read")).Anywhere,
        new GrantCase("one's own for all", s => At(body, s.OwnKey("admin")), a => OwnsKeys(a) && a.IsWhole).Anywhere,
        new GrantCase(
            "one's own for admins", s => At(body, s.OwnKey("runs:read", "audit:read")),
            a => OwnsKeys(a) && a.Is(Role.Admin) && a.Has("audit:read") && a.Has("runs:read")).Anywhere,
        new("an owner's", s => At(body, s.Key(s.Owner, "runs:read")), _ => false),
        new("a member's", s => At(body, s.Key(s.Person(Role.Member), "runs:read")), _ => false),
        new("a former member's", s => At(body, s.KeyOfFormer(Role.Member)), _ => false),
        new(
            "the organization's", s => At(body, s.Key(null, "runs:read")),
            a => a.Is(Role.Admin) && a.Has("keys:write") && a.Has("runs:read")),
        new("the organization's for all", s => At(body, s.Key(null, "admin")), a => a.Is(Role.Admin) && a.IsWhole),
    ];

    private static GrantCase[] CredentialCases(object? body) =>
    [
        new(
            "the organization's", s => At(body, s.ProviderKey(null)),
            a => a.Is(Role.Admin) && a.Has("credentials:write")),
        new GrantCase(
            "one's own", s => At(body, s.OwnProviderKey()),
            a => a.Has("credentials:write") && (a.IsPerson ? a.Is(Role.Member) : a.Is(Role.Admin))).Anywhere,
        new("an owner's", s => At(body, s.ProviderKey(s.Owner)), _ => false),
    ];

    private static GrantCase OfSession(string what, Func<GrantScene, GrantRequest> arrange) =>
        new GrantCase(what, arrange, a => a.IsSession).Anywhere;

    // What belongs to no person belongs to the organization.
    private static bool OwnsKeys(GrantActor a) => a.Is(Role.Member) && a.Has("keys:write");

    private static bool RevokesKeys(GrantActor a) => a.Is(Role.Admin) && a.Has("keys:write");

    private static bool SendsEvents(GrantActor a) => a.Is(Role.Admin) && a.Has("webhooks:write") && a.Has("audit:read");

    private static object NewKey(string scope, bool forOrganization = false) =>
        new { name = "New", scopes = new[] { scope }, forOrganization };

    /// <summary>The token of an invitation whose sender could not send it any more.</summary>
    private static string Demoted(GrantScene scene, string change)
    {
        var inviter = scene.Person(Role.Admin);
        var token = scene.Token(inviter, "viewer");
        scene.Run($"update ops.organization_user set {change} where user_id = '{inviter}'");
        return token;
    }

    private static Guid Hiding(GrantScene scene, Role role) => Hidden(scene, scene.Person(role));

    /// <summary>The person, who owns something private now.</summary>
    private static Guid Hidden(GrantScene scene, Guid person)
    {
        scene.Prompt(person, "private");
        return person;
    }

    private static Guid SharedHidden(GrantScene scene)
    {
        var prompt = scene.Prompt(scene.Owner, "private");
        scene.ShareWithActor(prompt);
        return prompt;
    }

    private static GrantRequest At(object? body = null, params object[] parameters) => new(parameters, body);
}
