using System.Text;

namespace Assay.Bench;

/// <param name="Title">What was measured, and on what.</param>
/// <param name="Columns">Headings; the first column names the row.</param>
internal sealed record Table(string Title, params string[] Columns)
{
    public List<string[]> Rows { get; } = [];

    public void Add(params string[] cells)
    {
        if (cells.Length != Columns.Length)
            throw new ArgumentException($"{Title} has {Columns.Length} columns, not {cells.Length}.", nameof(cells));

        Rows.Add(cells);
    }

    public string ToText() => $"\n{Title}\n{Lines("  ", "")}";

    public string ToMarkdown() => $"**{Title}**\n\n{Lines(" | ", "| ")}";

    private string Lines(string separator, string edge)
    {
        var widths = Columns.Select((_, column) => Rows.Append(Columns).Max(row => row[column].Length)).ToArray();
        var ruleEnds = edge.Length == 0 ? "" : ":";
        var rule = widths.Select((width, column) => new string('-', width - (column == 0 ? 0 : ruleEnds.Length))
            + (column == 0 ? "" : ruleEnds)).ToArray();
        var text = new StringBuilder();
        foreach (var row in (string[][])[Columns, rule, .. Rows])
        {
            var cells = row.Select((cell, column) =>
                column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.Append(edge).AppendJoin(separator, cells).Append(edge.Length == 0 ? "" : " |").Append('\n');
        }

        return text.ToString();
    }
}
