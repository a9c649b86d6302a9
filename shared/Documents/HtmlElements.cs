namespace Assay;

/// <summary>
/// The elements that are open at a place of a page, as far as they matter for its text. Like in browsers there are at
/// most 512: tags that nest deeper end nothing and hide nothing, and their text is kept.
/// </summary>
/// <param name="left">Told of each that ends: its name, and whether it was hidden.</param>
internal sealed class HtmlElements(Action<string, bool> left)
{
    private const int DepthMax = 512;

    private readonly List<Element> open = [];

    /// <summary>How many of each name are open, so that an end tag without a start costs nothing.</summary>
    private readonly Dictionary<string, int> counts = [];

    private int hiding;
    private int foreign;

    public bool Hides => hiding > 0;

    public bool IsEmpty => open.Count == 0;

    public bool IsFull => open.Count == DepthMax;

    /// <summary>Whether a drawing or a formula is open.</summary>
    public bool IsForeign => foreign > 0;

    /// <summary>Whether what is open innermost is the head.</summary>
    public bool IsHead => open is [.., { Name: "head" }];

    public bool Has(string name) => counts.GetValueOrDefault(name) > 0;

    /// <summary>Notes a cell in the row that is open innermost; whether there was one before.</summary>
    public bool AddCell()
    {
        var row = open.FindLastIndex(element => element.Name is "tr" or "table");
        if (row < 0)
            return false;

        var had = open[row].HasCell;
        open[row] = open[row] with { HasCell = true };
        return had;
    }

    /// <summary>Opens an element; inline ones only where they are or stand in something hidden.</summary>
    public void Push(string name, bool hides)
    {
        if (IsFull || !(hides || Hides || HtmlTags.IsBlock(name)))
            return;

        open.Add(new(name, hides));
        counts[name] = counts.GetValueOrDefault(name) + 1;
        hiding += hides ? 1 : 0;
        foreign += name is "svg" or "math" ? 1 : 0;
    }

    /// <summary>Ends what a start tag of this name ends by itself.</summary>
    public void CloseBefore(string name)
    {
        if (name == "body" || IsHead && !HtmlTags.InHead.Contains(name))
            Close("head");
        if (IsForeign && HtmlTags.EndsForeign(name) && !Has("foreignobject"))
            CloseForeign();

        var (ended, within) = HtmlTags.EndedBy(name);
        if (!Array.Exists(ended, Has))
            return;

        var from = open.FindLastIndex(element => within.Contains(element.Name)) + 1;
        var first = open.FindIndex(from, element => ended.Contains(element.Name));
        if (first >= 0)
            Pop(first);
    }

    /// <summary>Ends the innermost of this name and all within it; an end tag without a start ends nothing.</summary>
    public void Close(string name)
    {
        if (!Has(name))
            return;

        var isTable = HtmlTags.IsTablePart(name) || HtmlTags.IsBarrier(name);
        var index = open.FindLastIndex(element =>
            element.Name == name || (isTable ? element.Name == "table" : HtmlTags.IsBarrier(element.Name)));
        if (open[index].Name == name)
            Pop(index);
    }

    public void CloseAll() => Pop(0);

    private void CloseForeign() => Pop(open.FindIndex(element => element.Name is "svg" or "math"));

    private void Pop(int first)
    {
        while (open.Count > first)
        {
            var element = open[^1];
            var wasHidden = Hides;
            open.RemoveAt(open.Count - 1);
            counts[element.Name]--;
            hiding -= element.Hides ? 1 : 0;
            foreign -= element.Name is "svg" or "math" ? 1 : 0;
            left(element.Name, wasHidden);
        }
    }

    private readonly record struct Element(string Name, bool Hides, bool HasCell = false);
}
