using System.Collections.Frozen;

namespace Assay;

/// <summary>What a new password must be.</summary>
public static class PasswordRules
{
    public const int LengthMin = 12;
    public const int LengthMax = 128;

    // The most common ones that are long enough to pass otherwise, in lower case without what stands for a letter.
    private static readonly FrozenSet<string> Common = new[]
    {
        "password", "passwordpassword", "passwordadmin", "adminpassword", "adminadminadmin", "adminadmin",
        "administrator", "qwertyuiop", "qwertyuiopasdf", "qwertyuiopasdfghjkl", "qwertyqwerty", "asdfghjkl",
        "asdfghjklzxcvbnm", "asdfasdfasdf", "zxcvbnm", "letmein", "letmeinplease", "letmeinletmein", "iloveyou",
        "iloveyouforever", "iloveyousomuch", "welcome", "welcometoassay", "welcomewelcome", "changeme",
        "changemenow", "changemeplease", "changemechangeme", "mypassword", "thisismypassword", "yourpassword",
        "newpassword", "defaultpassword", "temporarypassword", "temppassword", "testpassword", "testtesttest",
        "secretpassword", "topsecret", "supersecret", "correcthorsebatterystaple", "trustnoone", "donttrustanyone",
        "nopassword", "passwordone", "passwort", "passwortpasswort", "contrasena", "motdepasse", "abcdefghijkl",
        "abcdefghijklm", "abcdefghijklmnop", "abcdefghijklmnopqrstuvwxyz", "monkeymonkey", "dragondragon",
        "footballfootball", "baseballbaseball", "princessprincess", "sunshinesunshine", "superman", "starwars",
        "whatever", "hellohello", "helloworld", "computer", "internet", "michaeljordan", "christopher", "alexander",
        "q1w2e3r4t5y6", "1q2w3e4r5t6y", "1qaz2wsx3edc", "qazwsxedcrfv", "1qazxsw23edc", "zaq12wsxcde3",
    }.ToFrozenSet();

    /// <summary>What is wrong with a new password; null when nothing is.</summary>
    /// <param name="email">The account's, which its password must not repeat.</param>
    public static string? Error(string password, string? email)
    {
        password = PasswordText.Of(password);
        if (password.Any(char.IsControl))
            return "expected no control characters";
        if (password.Length is < LengthMin or > LengthMax)
            return $"expected {LengthMin} to {LengthMax} characters";
        if (email is not null && IsLike(password, email))
            return "expected something else than the e-mail address";
        return IsCommon(password) ? "expected something that others would not choose as well" : null;
    }

    private static bool IsLike(string password, string email) =>
        password.Equals(email, StringComparison.OrdinalIgnoreCase)
        || password.Equals(email.Split('@')[0], StringComparison.OrdinalIgnoreCase);

    // A common word stays common with digits behind it, with zeros for its letters o, or written twice.
    private static bool IsCommon(string password)
    {
        var lower = password.ToLowerInvariant();
        var word = lower.TrimEnd([.. "0123456789!?.-_#$@ "]);
        return word.Length <= 2
            || lower.Distinct().Count() <= 3
            || Common.Contains(lower) || Common.Contains(word) || Common.Contains(Spelled(word));
    }

    private static string Spelled(string word) => string.Concat(word.Where(c => c != ' ').Select(c => c switch
    {
        '0' => 'o', '1' => 'i', '3' => 'e', '4' or '@' => 'a', '5' or '$' => 's', '7' => 't', _ => c,
    }));
}
