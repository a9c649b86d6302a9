using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>What has to be known of a login to hash its password as it was hashed.</summary>
/// <param name="Parameters">
/// The stored hash with zeros for what was derived from the password; null where there is no such account or hash.
/// </param>
/// <param name="RoundsMax">Most rounds of PBKDF2 that any account's hash has; null when there is none.</param>
/// <param name="BcryptCostMax">Highest cost of imported bcrypt hashes that are left; null when there are none.</param>
public sealed record StoredLogin(string? Parameters, int? RoundsMax, int? BcryptCostMax);

/// <param name="Hash">Equal to the stored one if the password is right; null where there is none.</param>
/// <param name="IsOld">Hashed in an older way than new ones are, or of another spelling.</param>
public sealed record DerivedPassword(string? Hash, bool IsOld);

/// <summary>
/// Hashes passwords: new ones, and ones that are given to be compared, as the stored one was. The latter is the same
/// work for whatever is stored, nothing included: as many rounds of PBKDF2, and as much bcrypt, as the dearest hash of
/// any account asks for. Stored hashes never leave the database.
/// </summary>
public sealed partial class Passwords
{
    /// <summary>Longer ones are no passwords but an attempt to keep the processor busy.</summary>
    public const int LengthMax = 1024;

    // A second or so. Were all logins as dear as a dearer hash, they could be kept from working by importing one.
    private const int BcryptCostMax = 14;

    private const int BcryptCostMin = 4;

    private const int HeaderLength = 13;
    private const int SaltLengthMin = 16;

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
    /// Hashes of before were made of the password as it was typed. One whose spelling is normalized is hashed both ways
    /// whatever is stored and whichever fits, so that the time tells only what was typed.
    /// </summary>
    /// <inheritdoc cref="HashAsync" path="exception"/>
    public Task<DerivedPassword[]> DeriveAsync(
        StoredLogin login, string password, CancellationToken cancellation) =>
        turns.TakeAsync<DerivedPassword[]>(
            async () =>
            {
                var given = password.Length <= LengthMax ? password : "";
                var normalized = PasswordText.Of(given);
                var derived = await DeriveOneAsync(login, normalized, cancellation);
                if (normalized == given)
                    return [derived];
                return [derived, await DeriveOneAsync(login, given, cancellation) with { IsOld = true }];
            },
            cancellation);

    private async Task<DerivedPassword> DeriveOneAsync(
        StoredLogin login, string given, CancellationToken cancellation)
    {
        var imported = login.Parameters is { } text && Bcrypt().IsMatch(text) ? text : null;
        var bcrypt = await CryptAsync(imported, given, login.BcryptCostMax, cancellation);
        var own = imported is null ? login.Parameters : null;
        var derived = await Task.Run(() => Derive(own, given, login.RoundsMax ?? 0), cancellation);
        return imported is null ? derived : new(bcrypt, true);
    }

    // Version 1 of the format: 1, then the pseudo-random function, the rounds and the salt's length, big-endian, the
    // salt, and what is derived.
    private DerivedPassword Derive(string? parameters, string password, int roundsMax)
    {
        Span<byte> bytes = stackalloc byte[128];
        var (hash, isOld, rounds) = ((string?)null, false, 0);
        if (parameters is not null && Convert.TryFromBase64String(parameters, bytes, out var length)
            && length > HeaderLength && bytes[0] == 1
            && PrfOf(BinaryPrimitives.ReadInt32BigEndian(bytes[1..])) is { Name: not null } prf
            && BinaryPrimitives.ReadInt32BigEndian(bytes[9..]) is >= SaltLengthMin and var saltLength
            && length - HeaderLength - saltLength >= SaltLengthMin)
        {
            rounds = BinaryPrimitives.ReadInt32BigEndian(bytes[5..]);
            var salt = bytes.Slice(HeaderLength, saltLength);
            var key = bytes[(HeaderLength + saltLength)..length];
            Rfc2898DeriveBytes.Pbkdf2(password, salt, key, rounds, prf);
            (hash, isOld) = (
                Convert.ToBase64String(bytes[..length]), rounds < roundsOfNew || prf != HashAlgorithmName.SHA512);
        }
        if (Math.Max(roundsOfNew, roundsMax) - rounds is > 0 and var left)
            Rfc2898DeriveBytes.Pbkdf2(password, AnySalt, left, HashAlgorithmName.SHA512, 32);
        return new(hash, isOld);
    }

    private static HashAlgorithmName PrfOf(int number) => number switch
    {
        0 => HashAlgorithmName.SHA1,
        1 => HashAlgorithmName.SHA256,
        2 => HashAlgorithmName.SHA512,
        _ => default,
    };

    // Each cost is twice the one before, so that a hash's own and then one of each up to the highest are as much work
    // as the highest. pgcrypto knows bcrypt by the name $2a$ only; what others call $2b$ and $2y$ is the same without
    // their old bugs.
    private async Task<string?> CryptAsync(
        string? imported, string password, int? costMax, CancellationToken cancellation)
    {
        var most = Math.Min(costMax ?? 0, BcryptCostMax);
        if (imported is null && most < BcryptCostMin)
            return null;
        var own = imported is null ? BcryptCostMin : int.Parse(imported.AsSpan(4, 2), CultureInfo.InvariantCulture);
        var salts = Enumerable.Range(own, Math.Max(0, most - own)).Select(Salt)
            .Prepend(imported is null ? Salt(own) : $"$2a${imported[4..]}");
        var hashes = await database.ValueAsync<string[]>(
            "select array_agg(public.crypt(@password, salt) order by place) from unnest(@salts) with ordinality "
            + "as tried (salt, place)",
            new { password, salts = salts.ToArray() }, cancellation);
        return imported is null ? null : $"{imported[..4]}{hashes[0][4..]}";
    }

    private static string Salt(int cost) => $"$2a${cost:00}$abcdefghijklmnopqrstuu";

    [GeneratedRegex(@"^\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$")]
    private static partial Regex Bcrypt();
}
