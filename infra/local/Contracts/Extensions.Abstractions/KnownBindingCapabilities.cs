namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

public static class KnownBindingCapabilities
{
    /// <summary>The trigger honours <see cref="RetryAttribute"/> on the function.</summary>
    public const string FunctionLevelRetry = "FunctionLevelRetry";
}
