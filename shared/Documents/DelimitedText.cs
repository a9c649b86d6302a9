namespace Assay;

/// <summary>
/// CSV as RFC 4180 has it, with the delimiter found out: comma, semicolon, tab or vertical bar. Blank lines are
/// skipped. A record with more or fewer fields than the header is refused rather than guessed at, because values under
/// the wrong column would be found and believed.
/// </summary>
internal static class DelimitedText
{
    private static readonly char[] Delimiters = [',', ';', '\t', '|'];

    /// <summary>
    /// The text behind a first line such as <c>sep=;</c>, by which Excel tells itself the delimiter. It is no record.
    /// </summary>
    public static string WithoutSeparatorLine(string text)
    {
        if (!text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase))
            return text;
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end == "sep=;".Length ? text[end..].TrimStart('\r', '\n') : text;
    }

    /// <summary>Null when every record has the header's number of fields.</summary>
    public static Extraction.Rejected? Check(string text)
    {
        var delimiter = FindDelimiter(text);
        var reader = new RecordReader(text, delimiter);
        var columns = 0;
        for (var record = 1; reader.Read(); record++)
        {
            if (reader.Fault is { } fault)
                return new(RejectionCode.MalformedTable, fault);
            if (record == 1)
                columns = reader.Fields;
            if (reader.Fields != columns)
            {
                return new(
                    RejectionCode.MalformedTable,
                    $"Record {record} (line {reader.Line}) has {reader.Fields} fields where the header has {columns}.");
            }
        }

        return null;
    }

    /// <summary>Where each record starts, the header first.</summary>
    public static List<int> RecordStarts(string text)
    {
        var reader = new RecordReader(text, FindDelimiter(text));
        var starts = new List<int>();
        while (reader.Read())
            starts.Add(reader.Start);

        return starts;
    }

    /// <summary>The delimiter that cuts the header into most fields; a comma when none does.</summary>
    private static char FindDelimiter(string text)
    {
        var most = 1;
        var found = ',';
        foreach (var delimiter in Delimiters)
        {
            var reader = new RecordReader(text, delimiter);
            if (!reader.Read() || reader.Fault is not null || reader.Fields <= most)
                continue;

            most = reader.Fields;
            found = delimiter;
        }

        return found;
    }

    /// <summary>Goes from record to record without copying a field.</summary>
    private ref struct RecordReader(ReadOnlySpan<char> text, char delimiter)
    {
        private readonly ReadOnlySpan<char> text = text;
        private int at;
        private int nextLine = 1;

        /// <summary>Where the record starts, counted in chars.</summary>
        public int Start { get; private set; }

        /// <summary>The line on which the record starts, from 1.</summary>
        public int Line { get; private set; }

        public int Fields { get; private set; }

        /// <summary>What is wrong with the record; reading ends there.</summary>
        public string? Fault { get; private set; }

        /// <summary>False at the end of the text.</summary>
        public bool Read()
        {
            while (at < text.Length && text[at] is '\r' or '\n')
                SkipNewline();
            if (at >= text.Length || Fault is not null)
                return false;

            Start = at;
            Line = nextLine;
            Fields = 1;
            while (at < text.Length && text[at] is not ('\r' or '\n'))
            {
                if (text[at] == delimiter)
                {
                    Fields++;
                    at++;
                }
                else if (text[at] != '"' || !TryReadQuoted())
                {
                    ReadPlain();
                }
            }

            return true;
        }

        private void ReadPlain()
        {
            var rest = text[at..];
            var length = rest.IndexOfAny(delimiter, '\r', '\n');
            at += length < 0 ? rest.Length : length;
        }

        /// <summary>
        /// False when the quote does not open a field, as in <c>5" disk</c>, and is an ordinary character.
        /// </summary>
        private bool TryReadQuoted()
        {
            if (at > Start && text[at - 1] != delimiter)
                return false;

            var line = nextLine;
            for (at++; at < text.Length; at++)
            {
                if (text[at] == '\n')
                    nextLine++;
                if (text[at] != '"')
                    continue;
                if (at + 1 < text.Length && text[at + 1] == '"')
                {
                    at++;
                    continue;
                }

                at++;
                if (at < text.Length && text[at] != delimiter && text[at] is not ('\r' or '\n'))
                    Fail($"Line {nextLine} has text after the quotation mark that ends a field.");
                return true;
            }

            Fail($"The quoted field that starts on line {line} never ends.");
            return true;
        }

        private void Fail(string fault)
        {
            Fault = fault;
            at = text.Length;
        }

        private void SkipNewline()
        {
            if (text[at] == '\n' || at + 1 == text.Length || text[at + 1] != '\n')
                nextLine++;
            at++;
        }
    }
}
