namespace Assay;

/// <param name="Text">Null until the document has been ingested.</param>
public sealed record DocumentText(string Title, string? Text);
