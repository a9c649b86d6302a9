using System.Text;

namespace Assay;

/// <summary>Writes running text with white space collapsed, and breaks between blocks that never add up.</summary>
internal sealed class MarkdownWriter
{
    /// <summary>Deeper lists are indented no further.</summary>
    private const int IndentMax = 8;

    private readonly StringBuilder text = new();
    private readonly Stack<int> lists = new();

    /// <summary>Where a backslash is the writer's own.</summary>
    private readonly List<int> escapes = [];
    private int newlines;
    private bool space;
    private bool isHeading;
    private string start = "";

    /// <summary>How much has been written.</summary>
    public int Length => text.Length;

    /// <summary>Whether a heading or a fence has been written.</summary>
    public bool HasParts { get; private set; }

    /// <summary>
    /// At least this many newlines come before what is written next; 2 leave a blank line. A heading stays on one line.
    /// </summary>
    public void Break(int count)
    {
        if (isHeading && count == 1)
        {
            space = true;
            return;
        }

        isHeading = false;
        newlines = Math.Max(newlines, count);
        space = false;
    }

    /// <summary>The mark is written only if the heading has text.</summary>
    public void StartHeading(int level)
    {
        start = $"{new string('#', level)} ";
        isHeading = HasParts = true;
    }

    public void EndHeading()
    {
        start = "";
        isHeading = false;
    }

    /// <summary>A list within a list comes without a blank line.</summary>
    public void StartList(bool ordered)
    {
        newlines = Math.Min(newlines, lists.Count > 0 ? 1 : 2);
        lists.Push(ordered ? 1 : 0);
    }

    public void EndList()
    {
        lists.TryPop(out _);
        start = "";
        if (lists.Count > 0)
            newlines = Math.Min(newlines, 1);
    }

    public void StartItem()
    {
        if (!lists.TryPop(out var number))
            return;

        var mark = number == 0 ? "- " : $"{number}. ";
        lists.Push(number == 0 ? 0 : number + 1);
        start = new string(' ', 2 * Math.Min(lists.Count - 1, IndentMax)) + mark;
    }

    /// <summary>Running text: every run of white space is one space, and none starts or ends a line.</summary>
    public void Text(string run)
    {
        var rest = run.AsSpan();
        while (!rest.IsEmpty)
        {
            var blanks = rest.Length - rest.TrimStart().Length;
            space |= blanks > 0;
            rest = rest[blanks..];
            var length = LengthOfWord(rest);
            if (length > 0)
                Word(rest[..length]);

            rest = rest[length..];
        }
    }

    /// <summary>Text as it is, in a fence that is longer than any in it.</summary>
    public void Preformatted(string code)
    {
        var trimmed = code.TrimEnd();
        if (trimmed.Length == 0)
            return;

        var fence = new string('`', Math.Max(3, LongestRun(trimmed, '`') + 1));
        HasParts = true;
        Break(2);
        StartBlock();
        text.Append(fence).Append('\n').Append(trimmed.TrimStart('\n', '\r')).Append('\n').Append(fence);
        Break(2);
    }

    /// <summary>Markdown as it is, between blank lines.</summary>
    public void Block(string markdown)
    {
        if (markdown.Length == 0)
            return;

        HasParts = true;
        Break(2);
        StartBlock();
        text.Append(markdown);
        Break(2);
    }

    /// <summary>All on one line within another text, where no mark begins a line and none needs an escape.</summary>
    public string Line()
    {
        var (written, plain, from) = (text.ToString(), new StringBuilder(text.Length), 0);
        foreach (var at in escapes)
        {
            plain.Append(written, from, at - from);
            from = at + 1;
        }
        plain.Append(written, from, written.Length - from);
        return string.Join(
            ' ', plain.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    public override string ToString() => text.Length == 0 ? "" : text.ToString() + "\n";

    private void Word(ReadOnlySpan<char> word)
    {
        if (StartBlock())
        {
            // What would read as a heading, a fence or a tag here is text; Markdown's own escape keeps it so.
            if (text.Length == 0 || text[^1] == '\n')
                Escape(word);
        }
        else if (space)
        {
            text.Append(' ');
        }

        space = false;
        text.Append(word);
    }

    private void Escape(ReadOnlySpan<char> word)
    {
        var isMark = word[0] switch
        {
            '#' => true,
            '<' => word.Length > 1 && (char.IsAsciiLetter(word[1]) || word[1] is '/' or '!' or '?'),
            '`' or '~' => word.StartsWith("```") || word.StartsWith("~~~"),
            '=' or '-' => word.IndexOfAnyExcept(word[0]) < 0 && (word.Length > 1 || word[0] == '='),
            _ => false,
        };
        if (!isMark)
            return;
        escapes.Add(text.Length);
        text.Append('\\');
    }

    /// <summary>Writes the break and the mark that are due; false in the middle of a line.</summary>
    private bool StartBlock()
    {
        if (text.Length > 0 && newlines == 0)
            return false;
        if (text.Length > 0)
            text.Append('\n', newlines);

        text.Append(start);
        start = "";
        newlines = 0;
        return true;
    }

    private static int LengthOfWord(ReadOnlySpan<char> rest)
    {
        for (var index = 0; index < rest.Length; index++)
        {
            if (char.IsWhiteSpace(rest[index]))
                return index;
        }

        return rest.Length;
    }

    private static int LongestRun(string value, char of)
    {
        var longest = 0;
        var run = 0;
        foreach (var c in value)
        {
            run = c == of ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
