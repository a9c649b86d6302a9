using System.Text;

namespace Assay;

/// <summary>Texts of one thing over and over, which make careless code slow.</summary>
internal static class Shapes
{
    /// <summary>Pages, by what is said of them.</summary>
    public static readonly Dictionary<string, Func<int, string>> Pages = new()
    {
        ["nested blocks"] = size => Repeat("<div>", size),
        ["blocks closed again"] = size => Repeat("<div>", size / 2) + "deep" + Repeat("</div>", size / 2),
        ["flat lines"] = size => Repeat("word<br>", size),
        ["formatting never closed"] = size => Repeat("<b><i>", size),
        ["formatting with text"] = size => Repeat("<b>a", size),
        ["misnested formatting"] = size => Repeat("<a><b></a>x", size),
        ["nested tables"] = size => Repeat("<table><tr><td>", size),
        ["cells of a row"] = size => "<table><tr>" + Repeat("<td>a", size),
        ["text between rows"] = size => "<table>" + Repeat("x<b>", size),
        ["nested lists"] = size => Repeat("<ul><li>a", size),
        ["items below 512 blocks"] = size => Repeat("<div>", 512 * 5) + Repeat("<li>a</b>", size),
        ["end tags alone"] = size => Repeat("</div></p></b>", size),
        ["paragraphs in blocks"] = size => Repeat("<blockquote>", 600 * 12) + Repeat("<p>a<div>b", size),
        ["attributes"] = size => "<p" + Count(size, number => $" a{number}") + ">",
        ["tags of many names"] = size => Count(size, number => $"<x{number}>a"),
        ["comments"] = size => Repeat("<!--", size),
        ["entities"] = size => Repeat("&aaaa", size),
        ["scripts"] = size => Repeat("<script>", size),
        ["preformatted"] = size => Repeat("<pre>a", size),
        ["hidden"] = size => Repeat("<span hidden>", size),
        ["drawings"] = size => Repeat("<svg><p>x", size),
        ["heads"] = size => Repeat("<head>", size),
    };

    /// <summary>Plain texts, Markdown and tables.</summary>
    public static readonly Dictionary<string, Func<int, string>> Texts = new()
    {
        ["a line of words"] = size => Repeat("word ", size),
        ["a letter"] = size => new string('a', size),
        ["blanks"] = size => "a" + new string(' ', size) + "b",
        ["newlines"] = size => "a" + new string('\n', size),
        ["short lines"] = size => Repeat("a\n", size),
        ["headings"] = size => Repeat("# a\n", size),
        ["headings with text"] = size => Repeat("# a\nb\n", size),
        ["columns"] = size => Repeat("a,", size) + "\n" + Repeat("b,", size),
        ["quoted fields"] = size => Repeat("\"a\"\"\",", size),
        ["nested brackets"] = size => new string('[', size / 2) + new string(']', size / 2),
        ["fences"] = size => Repeat("```\n", size),
        ["longer and longer fences"] = size => Count(size, number => new string('`', 3 + number % 300) + "\n"),
        ["front matter"] = size => "---\n" + Repeat("a: b\n", size),
        ["underlines"] = size => Repeat("a\n--\n", size),
        ["nested quotations"] = size => Repeat("> ", size),
        ["families of emoji"] = size => Repeat("👩‍👩‍👧‍👦", size),
        ["combining marks"] = size => "a" + Repeat("\u0301", size),
        ["Chinese"] = size => Repeat("我们喜欢吃苹果", size),
        ["Devanagari"] = size => Repeat("क्षत्रिय", size),
        ["Arabic"] = size => Repeat("مرحبا بالعالم ", size),
        ["full stops"] = size => Repeat(".", size),
        ["joiners"] = size => Repeat("\u200d", size),
    };

    /// <summary>Prompts, beside the texts.</summary>
    public static readonly Dictionary<string, Func<int, string>> Prompts = new()
    {
        ["closing marks"] = size => Repeat(".'", size),
        ["placeholders in a code block"] = size => "```\n" + Repeat("{a} ", size) + "\n```",
        ["placeholders in code blocks"] = size => Repeat("```\n{a}\n```\n", size),
        ["lists of lists of variables"] = size => "{{x}}\n" + Repeat("* variables:\n", size),
        ["variables declared by others"] = size => "Variables:\n" + Repeat("- a: {{b}}\n", size),
        ["misspelt variables"] = size =>
            "Variables:\n" + Count(size / 2, number => $"- {new string('n', 50)}{number}: b\n")
            + Count(size / 2, number => $"{{{{{new string('n', 50)}x{number}}}}} "),
        ["tones without a blank"] = size => Repeat("formal-", size),
        ["names that are none"] = size => "{{x}}\n" + Repeat($"Variables: {new string('a', 380)}!\n", size),
        ["names joined by and"] = size => "{{x}}\n" + Repeat($"Variables: {Repeat("and ", 380)}!\n", size),
        ["values in tags"] = size => Repeat("<t>{{text}}x</t>", size),
        ["values in one tag"] = size => "<t>" + Repeat("{{text}} ", size) + "</t>",
        ["links never closed"] = size => Repeat("[a](", size),
        ["hints"] = size => Repeat("try to ", size),
        ["verbs"] = size => Repeat("respond ", size),
        ["quotation marks"] = size => Repeat("\"\"\"a", size),
        ["tags"] = size => Repeat("<a>", size / 2) + Repeat("</a>", size / 2),
        ["attributes of XML"] = size => "<a" + Count(size, number => $" b{number}='1'") + "></a>",
        ["opposites"] = size => Count(size, number => $"Always use w{number}. Never use w{number}. "),
        ["bans"] = size => Repeat("must not ", size),
    };

    public static string Repeat(string unit, int size) =>
        string.Concat(Enumerable.Repeat(unit, Math.Max(1, size / unit.Length)));

    private static string Count(int size, Func<int, string> part)
    {
        var text = new StringBuilder(size + 100);
        for (var number = 0; text.Length < size; number++)
            text.Append(part(number));
        return text.ToString();
    }
}
