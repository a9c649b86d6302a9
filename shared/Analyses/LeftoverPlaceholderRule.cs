using System.Text.RegularExpressions;

namespace Assay;

internal sealed partial class LeftoverPlaceholderRule() : LintRule(
    "leftover-placeholder", Severity.Error, "Text that was meant to be replaced: TODO, TBD, lorem ipsum, [insert …]")
{
    public override IEnumerable<Finding> Check(PromptText prompt) =>
        Pattern().Matches(prompt.Prose).Take(Linter.FindingsPerRuleMax).Select(match => Found(
            prompt, match.Span(), "This reads like a note to fill in later; replace or remove it."));

    [GeneratedRegex(
        @"\b(?:TODO|TBD|FIXME|XXX)\b(?=\W)|\b[Ll]orem ipsum\b"
        + @"|\[(?:[Ii]nsert|INSERT|[Aa]dd|ADD|[Ff]ill in|FILL IN|[Yy]our|YOUR|[Pp]aste|PASTE|[Ee]nter|ENTER)\b"
        + @"[^\[\]\n]{0,80}\]"
        + @"|<(?:insert|your|paste|fill in|add) [^<>\n]{1,80}>",
        Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex Pattern();
}
