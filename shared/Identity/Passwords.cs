using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>What is stored of a login.</summary>
/// <param name="UserId">Null where there is no such account.</param>
/// <param name="RoundsMax">Most rounds of PBKDF2 that any account's hash has; null when there is none.</param>
/// <param name="BcryptCostMax">Highest cost of imported bcrypt hashes that are left; null when there are none.</param>
public sealed record StoredLogin(Guid? UserId, string? PasswordHash, int? RoundsMax, int? BcryptCostMax);

public enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>And hashed in an older way than new ones are, or of another spelling.</summary>
    RightButOld,
}

/// <summary>
/// Hashes and verifies passwords. Verifying is the same work for whatever is stored, nothing included: as many rounds
/// of PBKDF2, and as much bcrypt, as the dearest hash of any account asks for.
/// </summary>
public sealed partial class Passwords
{
    /// <summary>Longer ones are no passwords but an attempt to keep the processor busy.</summary>
    public const int LengthMax = 1024;

    // A second or so. Were all logins as dear as a dearer hash, they could be kept from working by importing one.
    private const int BcryptCostMax = 14;

    private const int BcryptCostMin = 4;

    private static readonly object Anybody = new();
    private static readonly byte[] AnySalt = new byte[16];

    private readonly Database database;
    private readonly PasswordTurns turns;
    private readonly PasswordHasher<object> hasher;
    private readonly int roundsOfNew;

    public Passwords(DatabasePools pools, PasswordTurns turns, IOptions<PasswordOptions> options)
    {
        database = new Database(pools, new OrganizationScope());
        this.turns = turns;
        roundsOfNew = options.Value.Iterations;
        hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = roundsOfNew }));
    }

    /// <summary>Of the password as <see cref="PasswordText"/> spells it.</summary>
    /// <exception cref="PasswordsBusyException">Too many passwords are being worked on.</exception>
    public Task<string> HashAsync(string password, CancellationToken cancellation) => turns.TakeAsync(
        () => Task.Run(() => hasher.HashPassword(Anybody, PasswordText.Of(password)), cancellation), cancellation);

    /// <summary>
    /// Hashes of before were made of the password as it was typed. One whose spelling is normalized is compared both ways
    /// whatever is stored and whichever fits, so that the time tells only what was typed.
    /// </summary>
    /// <inheritdoc cref="HashAsync" path="exception"/>
    public Task<PasswordVerdict> VerifyAsync(StoredLogin login, string password, CancellationToken cancellation) =>
        turns.TakeAsync(
            async () =>
            {
                var given = password.Length <= LengthMax ? password : "";
                var normalized = PasswordText.Of(given);
                var verdict = await CompareAsync(login, normalized, cancellation);
                if (normalized == given)
                    return verdict;
                var asTyped = await CompareAsync(login, given, cancellation);
                return verdict == PasswordVerdict.Wrong && asTyped != PasswordVerdict.Wrong
                    ? PasswordVerdict.RightButOld
                    : verdict;
            },
            cancellation);

    private async Task<PasswordVerdict> CompareAsync(
        StoredLogin login, string given, CancellationToken cancellation)
    {
        var imported = login.PasswordHash is { } hash && Bcrypt().IsMatch(hash) ? hash : null;
        var matches = await MatchesAsync(imported, given, login.BcryptCostMax, cancellation);
        var own = imported is null ? login.PasswordHash : null;
        var verdict = await Task.Run(() => Verify(own, given, login.RoundsMax ?? 0), cancellation);
        return matches ? PasswordVerdict.RightButOld : verdict;
    }

    private PasswordVerdict Verify(string? hash, string password, int roundsMax)
    {
        var rounds = RoundsOf(hash);
        var verdict = rounds == 0
            ? PasswordVerificationResult.Failed
            : hasher.VerifyHashedPassword(Anybody, hash!, password);
        if (Math.Max(roundsOfNew, roundsMax) - rounds is > 0 and var left)
            Rfc2898DeriveBytes.Pbkdf2(password, AnySalt, left, HashAlgorithmName.SHA512, 32);
        return verdict switch
        {
            PasswordVerificationResult.Failed => PasswordVerdict.Wrong,
            PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.RightButOld,
            _ => PasswordVerdict.Right,
        };
    }

    // Version 1 of the format: 1, then the pseudo-random function, the rounds and the salt's length, big-endian.
    private static int RoundsOf(string? hash)
    {
        Span<byte> bytes = stackalloc byte[128];
        return hash is not null && Convert.TryFromBase64String(hash, bytes, out var length)
            && length > 13 && bytes[0] == 1
            ? BinaryPrimitives.ReadInt32BigEndian(bytes[5..])
            : 0;
    }

    // Each cost is twice the one before, so that a hash's own and then one of each up to the highest are as much work
    // as the highest. pgcrypto knows bcrypt by the name $2a$ only; what others call $2b$ and $2y$ is the same without
    // their old bugs.
    private async Task<bool> MatchesAsync(
        string? imported, string password, int? costMax, CancellationToken cancellation)
    {
        var most = Math.Min(costMax ?? 0, BcryptCostMax);
        if (imported is null && most < BcryptCostMin)
            return false;
        var own = imported is null ? BcryptCostMin : int.Parse(imported.AsSpan(4, 2), CultureInfo.InvariantCulture);
        var tried = Enumerable.Range(own, Math.Max(0, most - own)).Select(Salt)
            .Prepend(imported is null ? Salt(own) : $"$2a${imported[4..]}");
        // A salt alone is no hash that anything could be equal to.
        return await database.ValueAsync<bool>(
            "select bool_or(public.crypt(@password, tried) = tried) from unnest(@tried) tried",
            new { password, tried = tried.ToArray() }, cancellation);
    }

    private static string Salt(int cost) => $"$2a${cost:00}$abcdefghijklmnopqrstuu";

    [GeneratedRegex(@"^\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$")]
    private static partial Regex Bcrypt();
}
