namespace Assay;

/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 code units.</param>
public sealed record FormatIssue(int Line, int Column, Severity Severity, string Message);

/// <param name="Format">text, markdown or xml: as declared, or as detected.</param>
/// <param name="IsValid">False only for XML that is not well-formed; any text is valid Markdown.</param>
public sealed record FormatReport(string Format, bool IsDetected, bool IsValid, IReadOnlyList<FormatIssue> Issues);
