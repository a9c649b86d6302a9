namespace Assay;

/// <summary>Two places in a prompt that cannot both be followed.</summary>
/// <param name="Kind">length, tone, format, language, absolute or number.</param>
/// <param name="First">The earlier of the two.</param>
public sealed record Contradiction(
    string Kind, TextSpan First, TextSpan Second, string FirstQuote, string SecondQuote, string Reason)
{
    public static Contradiction Example => new(
        "length", new(40, 62), new(97, 123), "Keep the answer short.", "Explain it in full detail.",
        "One asks for a short answer, the other for a long one.");
}
