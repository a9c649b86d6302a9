using System.Globalization;

namespace Assay;

/// <summary>
/// An open table: the cells of its row so far, and those of rows before that reach into it. A row is one line with a
/// bar between cells, whatever is in them, and its cells stand in the columns that a browser shows them in.
/// </summary>
/// <param name="around">Writes what the table stands in.</param>
internal sealed class HtmlTable(MarkdownWriter around)
{
    /// <summary>
    /// Cells that claim more columns or rows claim these. Behind so many columns none claims more than its own place.
    /// </summary>
    private const int ColumnsMax = 100;
    private const int RowsMax = 1_000;

    /// <summary>A cell with more text, or with headings or code, is a part of the page and no value.</summary>
    private const int ValueLengthMax = 2_000;

    private readonly List<Cell> row = [];

    /// <summary>By column: what a cell above says, and for how many more rows.</summary>
    private readonly Dictionary<int, (string Text, int Rows)> above = [];

    private MarkdownWriter? cell;
    private int columns = 1;
    private int rows = 1;

    /// <summary>Writes the open cell, or what stands between cells.</summary>
    public MarkdownWriter Writer => cell ?? around;

    public void StartCell(string? columnSpan, string? rowSpan)
    {
        EndCell();
        cell = new MarkdownWriter();
        (columns, rows) = (Span(columnSpan, ColumnsMax), Span(rowSpan, RowsMax));
    }

    public void EndCell()
    {
        if (cell is not null)
        {
            var isPart = cell.HasParts || cell.Length > ValueLengthMax;
            // A bar of its own is no border.
            var line = isPart ? "" : cell.Line().Replace("|", "\\|", StringComparison.Ordinal);
            row.Add(new(cell.ToString().Trim(), line, isPart, columns, rows));
        }
        cell = null;
    }

    public void EndRow()
    {
        EndCell();
        if (row.Count == 0)
            return;

        if (row.Count == 1 && row[0].Text.Contains('\n') || row.Exists(cell => cell.IsPart))
            foreach (var part in row)
                around.Block(part.Text);
        else
            WriteLine();
        row.Clear();
    }

    private void WriteLine()
    {
        List<string> line = [];
        foreach (var cell in row)
        {
            TakeFromAbove(line);
            var text = cell.Line;
            for (var column = 0; column == 0 || column < cell.Columns && line.Count < ColumnsMax; column++)
            {
                if (cell.Rows > 1 && line.Count < ColumnsMax)
                    above[line.Count] = (column == 0 ? text : "", cell.Rows - 1);
                line.Add(column == 0 ? text : "");
            }
        }
        // A row that is shorter than what reaches into it ends in empty cells.
        for (TakeFromAbove(line); above.Keys.Any(column => column > line.Count); TakeFromAbove(line))
            line.Add("");
        around.Break(1);
        around.Text(string.Join(" | ", line));
        around.Break(1);
    }

    private void TakeFromAbove(List<string> line)
    {
        while (above.Remove(line.Count, out var spanning))
        {
            if (spanning.Rows > 1)
                above[line.Count] = (spanning.Text, spanning.Rows - 1);
            line.Add(spanning.Text);
        }
    }

    private static int Span(string? text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var span)
            ? Math.Clamp(span, 1, max)
            : 1;

    /// <param name="Text">As it reads by itself.</param>
    /// <param name="Line">As it reads in a row.</param>
    private readonly record struct Cell(string Text, string Line, bool IsPart, int Columns, int Rows);
}
