namespace Assay.Local;

/// <summary>A function ran longer than <c>functionTimeout</c> in <c>host.json</c> allows.</summary>
internal sealed class FunctionTimeoutException(string function, TimeSpan limit)
    : TimeoutException($"Timeout value of {limit} was exceeded by function: Functions.{function}");
