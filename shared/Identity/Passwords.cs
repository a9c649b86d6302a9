using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>What is stored of a login.</summary>
/// <param name="UserId">Null where there is no such account.</param>
/// <param name="ImportedLike">How imported bcrypt hashes begin that are left; null when there are none.</param>
public sealed record StoredLogin(Guid? UserId, string? PasswordHash, string? ImportedLike);

public enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>And hashed in an older way than new ones are.</summary>
    RightButOld,
}

/// <summary>
/// Hashes and verifies passwords. Verifying takes the same time for whatever is stored, nothing included: always one
/// PBKDF2, and one bcrypt while any imported hash is left.
/// </summary>
public sealed partial class Passwords
{
    /// <summary>Longer ones are no passwords but an attempt to keep the processor busy.</summary>
    public const int LengthMax = 1024;

    private static readonly object Anybody = new();

    // Twenty-two characters of salt and thirty-one of hash, of no password that anybody knows.
    private const string UnknownBcrypt = "abcdefghijklmnopqrstuu5s2v8Z5mOxNKZt0yDLg9nRk0oXh9nOaC";

    private readonly Database database;
    private readonly PasswordTurns turns;
    private readonly PasswordHasher<object> hasher;
    private readonly string unknown;

    public Passwords(DatabasePools pools, PasswordTurns turns, IOptions<PasswordOptions> options)
    {
        database = new Database(pools, new OrganizationScope());
        this.turns = turns;
        hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.Iterations }));
        unknown = hasher.HashPassword(Anybody, $"{Guid.NewGuid()}");
    }

    /// <exception cref="PasswordsBusyException">Too many passwords are being worked on.</exception>
    public Task<string> HashAsync(string password, CancellationToken cancellation) => turns.TakeAsync(
        () => Task.Run(() => hasher.HashPassword(Anybody, password), cancellation), cancellation);

    /// <inheritdoc cref="HashAsync" path="exception"/>
    public Task<PasswordVerdict> VerifyAsync(StoredLogin login, string password, CancellationToken cancellation) =>
        turns.TakeAsync(
            async () =>
            {
                var given = password.Length <= LengthMax ? password : "";
                var imported = IsBcrypt(login.PasswordHash) ? login.PasswordHash : null;
                var bcrypt = imported ?? (login.ImportedLike is { } like ? like + UnknownBcrypt : null);
                var matches = bcrypt is not null && await MatchesAsync(bcrypt, given, cancellation);
                var own = login.PasswordHash is ['$', ..] ? null : login.PasswordHash;
                var verdict = await Task.Run(() => Verify(own, given), cancellation);
                return (imported, matches) switch
                {
                    (not null, true) => PasswordVerdict.RightButOld,
                    (not null, false) => PasswordVerdict.Wrong,
                    _ => verdict,
                };
            },
            cancellation);

    private PasswordVerdict Verify(string? hash, string password)
    {
        var verdict = hasher.VerifyHashedPassword(Anybody, hash ?? unknown, password);
        return (hash, verdict) switch
        {
            (null, _) or (_, PasswordVerificationResult.Failed) => PasswordVerdict.Wrong,
            (_, PasswordVerificationResult.SuccessRehashNeeded) => PasswordVerdict.RightButOld,
            _ => PasswordVerdict.Right,
        };
    }

    private static bool IsBcrypt(string? hash) => hash is not null && Bcrypt().IsMatch(hash);

    // pgcrypto knows bcrypt by the name $2a$ only; what others call $2b$ and $2y$ is the same without their old bugs.
    private Task<bool> MatchesAsync(string hash, string password, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            "select public.crypt(@password, @hash) = @hash",
            new { password, hash = $"$2a${hash[4..]}" }, cancellation);

    [GeneratedRegex(@"^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$")]
    private static partial Regex Bcrypt();
}
