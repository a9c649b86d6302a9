namespace Assay;

/// <summary>
/// What is stored was changed, or moved from another row, column or owner. Which of these cannot be known.
/// </summary>
public sealed class SecretUnreadableException()
    : Exception("A stored secret is not what was sealed for its row; it must be entered again.");
