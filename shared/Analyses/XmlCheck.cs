using System.Xml;

namespace Assay;

/// <summary>
/// Well-formedness with the place of the fault. Document types are refused, so no entity is ever expanded or fetched.
/// A prompt may have several elements side by side, but no text outside of them.
/// </summary>
internal static class XmlCheck
{
    /// <summary>Deeper nesting is no prompt.</summary>
    private const int DepthMax = 200;

    public static IReadOnlyList<FormatIssue> Issues(string text)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            ConformanceLevel = ConformanceLevel.Fragment,
            MaxCharactersFromEntities = 1,
        };
        using var reader = XmlReader.Create(new StringReader(text.TrimStart()), settings);
        var skipped = text.AsSpan(0, text.Length - text.AsSpan().TrimStart().Length);
        var (firstLine, firstColumn) = (skipped.Count('\n'), skipped.Length - (skipped.LastIndexOf('\n') + 1));
        var hasElement = false;
        var open = new Stack<(string Name, int Line, int Column)>();
        try
        {
            while (reader.Read())
            {
                hasElement |= reader.NodeType == XmlNodeType.Element;
                var (line, column) = Position((IXmlLineInfo)reader);
                if (reader is { NodeType: XmlNodeType.Element, IsEmptyElement: false })
                    open.Push((reader.Name, line, column));
                else if (reader.NodeType == XmlNodeType.EndElement)
                    open.Pop();
                if (reader.Depth > DepthMax)
                    return [new(line, column, Severity.Error, $"Elements are nested more than {DepthMax} deep.")];
                if (reader is { Depth: 0, NodeType: XmlNodeType.Text or XmlNodeType.CDATA })
                    return [new(line, column, Severity.Error, "There is text outside of any element.")];
            }
        }
        catch (XmlException fault) when (IsAtEnd(fault, text) && open.TryPeek(out var unclosed))
        {
            return [new(unclosed.Line, unclosed.Column, Severity.Error, $"<{unclosed.Name}> is never closed.")];
        }
        catch (XmlException fault)
        {
            var (line, column) = Moved(fault.LineNumber, fault.LinePosition);
            return [new(line, column, Severity.Error, MessageWithoutPosition(fault.Message))];
        }

        return hasElement ? [] : [new(1, 1, Severity.Error, "There is no element.")];

        (int, int) Position(IXmlLineInfo info) => Moved(info.LineNumber, info.LinePosition);

        (int, int) Moved(int line, int column) => (line + firstLine, line == 1 ? column + firstColumn : column);
    }

    /// <summary>At the end of a text with open elements the reader names its last position, or the first one.</summary>
    private static bool IsAtEnd(XmlException fault, string text)
    {
        var content = text.TrimStart();
        var lastLine = content.Length - (content.LastIndexOf('\n') + 1);
        return (fault.LineNumber, fault.LinePosition) == (1, 1)
            || (fault.LineNumber == content.AsSpan().Count('\n') + 1 && fault.LinePosition > lastLine);
    }

    /// <summary>The reader ends its messages with the position, which the issue carries already.</summary>
    private static string MessageWithoutPosition(string message) =>
        message.IndexOf(" Line ", StringComparison.Ordinal) is > 0 and var position ? message[..position] : message;
}
