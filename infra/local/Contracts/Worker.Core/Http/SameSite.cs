namespace Microsoft.Azure.Functions.Worker.Http;

/// <summary>
/// <see cref="None"/> leaves the attribute out; <see cref="ExplicitNone"/> writes <c>SameSite=None</c>.
/// </summary>
public enum SameSite
{
    None = 0,
    Lax = 1,
    Strict = 2,
    ExplicitNone = 3,
}
