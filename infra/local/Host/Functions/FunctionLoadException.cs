namespace Assay.Local;

/// <summary>Why one function cannot be served. The others are, and the function's status shows the message.</summary>
internal sealed class FunctionLoadException(string message) : Exception(message);
