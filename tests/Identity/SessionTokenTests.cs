using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace Assay;

public sealed class SessionTokenTests(TestDatabase database) : IClassFixture<TestDatabase>, IDisposable
{
    private static readonly SessionClaims Somebody = new(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

    private static readonly string SealingKey = TestSecrets.NewKey();

    private readonly ManualTime clock = new();
    private readonly List<SigningKeys> opened = [];

    public void Dispose() => opened.ForEach(keys => keys.Dispose());

    [Fact]
    public async Task A_token_is_read_as_it_was_issued_also_by_another_process()
    {
        var token = await NewTokens().IssueAsync(Somebody, clock.GetUtcNow().AddHours(1), CancellationToken.None);

        Assert.Equal(Somebody, await NewTokens().ReadAsync(token, CancellationToken.None));
    }

    [Fact]
    public async Task A_token_ends_with_the_second_it_names()
    {
        var tokens = NewTokens();
        var token = await tokens.IssueAsync(Somebody, clock.GetUtcNow().AddHours(1), CancellationToken.None);

        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(await tokens.ReadAsync(token, CancellationToken.None));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await tokens.ReadAsync(token, CancellationToken.None));
    }

    [Fact]
    public async Task What_is_not_exactly_a_token_of_ours_is_refused()
    {
        var (keys, tokens) = (NewKeys(), NewTokens());
        var signer = await keys.SignerAsync(CancellationToken.None);
        var header = $$"""{"alg":"ES256","typ":"JWT","kid":"{{signer.Id}}"}""";
        var claims = Claims();
        var good = Jwt.Compact(header, claims.ToJsonString(), signer.Sign);
        Assert.NotNull(await tokens.ReadAsync(good, CancellationToken.None));
        var parts = good.Split('.');
        var publicKey = signer.PublicKey;
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var bad = new Dictionary<string, string>
        {
            ["empty"] = "",
            ["two parts"] = $"{parts[0]}.{parts[1]}",
            ["four parts"] = $"{good}.{parts[2]}",
            ["no signature"] = $"{parts[0]}.{parts[1]}.",
            ["padded"] = $"{good}=",
            ["alg none"] = Jwt.Compact("""{"alg":"none","typ":"JWT"}""", claims.ToJsonString(), _ => []),
            ["alg none with a kid"] = Jwt.Compact(header.Replace("ES256", "none"), claims.ToJsonString(), _ => []),
            ["HMAC with the public key"] = Jwt.Compact(
                header.Replace("ES256", "HS256"), claims.ToJsonString(),
                signed => HMACSHA256.HashData(publicKey, signed)),
            ["another alg, signed well"] = Jwt.Compact(
                header.Replace("ES256", "ES384"), claims.ToJsonString(), signer.Sign),
            ["another typ"] = Jwt.Compact(header.Replace("JWT", "logout+jwt"), claims.ToJsonString(), signer.Sign),
            ["a strange key under our kid"] = Jwt.Compact(
                header, claims.ToJsonString(), signed => stranger.SignData(signed, HashAlgorithmName.SHA256)),
            ["an unknown kid"] = Jwt.Compact(
                header.Replace(signer.Id, $"{Guid.NewGuid()}"), claims.ToJsonString(), signer.Sign),
            ["a critical extension"] = Jwt.Compact(
                header.Replace("}", ""","crit":["exp"]}"""), claims.ToJsonString(), signer.Sign),
            ["a member twice"] = Jwt.Compact(
                header, claims.ToJsonString().Replace("}", $$""","sub":"{{Guid.NewGuid()}}"}"""), signer.Sign),
            ["other claims under the signature"] =
                $"{parts[0]}.{Jwt.Compact("{}", Claims(("sub", Guid.NewGuid())).ToJsonString(), _ => []).Split('.')[1]}"
                + $".{parts[2]}",
            ["another issuer"] = Sign(("iss", "elsewhere")),
            ["no issuer"] = Sign(("iss", null)),
            ["expired"] = Sign(("exp", now - 1)),
            ["no end"] = Sign(("exp", null)),
            ["an end in words"] = Sign(("exp", "never")),
            ["an end beyond numbers"] = Sign(("exp", 1e300)),
            ["from the future"] = Sign(("iat", now + 120)),
            ["no beginning"] = Sign(("iat", null)),
            ["not yet"] = Sign(("nbf", now + 120)),
            ["no subject"] = Sign(("sub", null)),
            ["no session"] = Sign(("sid", null)),
            ["a session in braces"] = Sign(("sid", $"{{{Somebody.SessionId}}}")),
            ["no id"] = Sign(("jti", null)),
            ["too long"] = Sign(("more", new string('x', Jwt.LengthMax))),
        };

        foreach (var (what, token) in bad)
            Assert.True(await tokens.ReadAsync(token, CancellationToken.None) is null, what);

        string Sign((string, JsonNode?) changed) => Jwt.Compact(header, Claims(changed).ToJsonString(), signer.Sign);
    }

    [Fact]
    public async Task Processes_that_begin_at_once_agree_on_one_key()
    {
        await database.ExecuteAsync("delete from ops.signing_key");

        var signers = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => NewKeys().SignerAsync(CancellationToken.None)));

        Assert.Single(signers.Select(signer => signer.Id).Distinct());
        Assert.Equal(1, await database.ValueAsync<long>("select count(*) from ops.signing_key"));
    }

    [Fact]
    public async Task A_key_whose_time_is_over_gives_way_and_verifies_until_its_last_token_expired()
    {
        var (keys, elsewhere) = (NewKeys(), NewTokens());
        var tokens = new SessionTokens(keys, Options.Create(new SessionOptions()), clock);
        var old = await tokens.IssueAsync(Somebody, clock.GetUtcNow().AddHours(24), CancellationToken.None);
        Assert.NotNull(await elsewhere.ReadAsync(old, CancellationToken.None));

        await database.ExecuteAsync("update ops.signing_key set signs_until = now()");
        clock.Advance(TimeSpan.FromMinutes(1));
        var next = await tokens.IssueAsync(Somebody, clock.GetUtcNow().AddHours(24), CancellationToken.None);

        Assert.NotEqual(Jwt.TryParse(old)!.Header.ToString(), Jwt.TryParse(next)!.Header.ToString());
        foreach (var reader in new[] { tokens, elsewhere, NewTokens() })
        {
            Assert.NotNull(await reader.ReadAsync(old, CancellationToken.None));
            Assert.NotNull(await reader.ReadAsync(next, CancellationToken.None));
        }

        await database.ExecuteAsync("update ops.signing_key set verifies_until = now() where signs_until <= now()");
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await elsewhere.ReadAsync(old, CancellationToken.None));
        Assert.NotNull(await elsewhere.ReadAsync(next, CancellationToken.None));
    }

    [Fact]
    public async Task The_private_key_is_in_the_database_only_encrypted()
    {
        var publicKey = (await NewKeys().SignerAsync(CancellationToken.None)).PublicKey;
        var row = await database.ValueAsync<byte[]>("select ciphertext from ops.signing_key limit 1");

        Assert.Equal(
            "test", await database.ValueAsync<string>("select encryption_key_id from ops.signing_key limit 1"));
        // PKCS #8 contains the public point.
        Assert.Equal(-1, row.AsSpan().IndexOf(publicKey.AsSpan(^64..)));
        Assert.Equal(-1, Encoding.Latin1.GetString(row).IndexOf("MIGH", StringComparison.Ordinal));
    }

    private JsonObject Claims(params (string Name, JsonNode? Value)[] changed)
    {
        var claims = new JsonObject
        {
            ["iss"] = "assay",
            ["sub"] = Somebody.UserId,
            ["sid"] = Somebody.SessionId,
            ["jti"] = Somebody.TokenId,
            ["iat"] = clock.GetUtcNow().ToUnixTimeSeconds(),
            ["exp"] = clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in changed)
            if (value is null)
                claims.Remove(name);
            else
                claims[name] = value;
        return claims;
    }

    private SessionTokens NewTokens() => new(NewKeys(), Options.Create(new SessionOptions()), clock);

    private SigningKeys NewKeys()
    {
        var keys = new SigningKeys(
            database.Pools, TestSecrets.NewBox(("test", SealingKey)), Options.Create(new SessionOptions()), clock);
        opened.Add(keys);
        return keys;
    }
}
