namespace Assay;

/// <summary>The configured model gave no usable answer. The message says why, and may be shown to users.</summary>
public sealed class ChatModelException(string message, Exception? inner = null) : Exception(message, inner);
