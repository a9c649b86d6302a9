using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Section <c>Assay:Providers</c>.</summary>
public sealed class ProviderOptions
{
    public const string Section = "Assay:Providers";

    /// <summary>How long a provider may take to say whether a key is good.</summary>
    [Range(1, 60)]
    public int ValidationTimeoutSeconds { get; set; } = 10;
}

/// <summary>Tries a key on its provider.</summary>
public sealed class KeyTrial(OutboundHttp outbound, IOptions<ProviderOptions> options)
{
    private readonly HttpClient http = outbound.NewClient(
        TimeSpan.FromSeconds(options.Value.ValidationTimeoutSeconds));

    /// <returns>
    /// Null when the provider accepts the key, else why that is not known or not so: in our words, because some
    /// providers' repeat the key.
    /// </returns>
    public async Task<string?> FindFaultAsync(
        string baseUrl, ValidationRules rules, string secret, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{baseUrl.TrimEnd('/')}{rules.Path}");
        rules.Show(secret, request);
        try
        {
            using var response = await http.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return Fault((int)response.StatusCode);
        }
        catch (HttpRequestException e)
        {
            return Fault(e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"The provider gave no answer within {options.Value.ValidationTimeoutSeconds} s.";
        }
    }

    internal static string Fault(HttpRequestException e) => e.InnerException is OutboundRefusedException refused
        ? refused.Message
        : "The provider cannot be reached.";

    private static string? Fault(int status) => status switch
    {
        >= 200 and < 300 => null,
        400 or 401 or 403 => $"The provider refuses the key, with status {status}.",
        404 => "The provider knows no such path; see whether the base URL is right.",
        _ => $"The provider answers with status {status}, which does not tell whether the key is good.",
    };
}
