namespace Assay;

/// <summary>A prompt as the rules see it: read once, shared by all of them.</summary>
internal sealed class PromptText
{
    /// <summary>For callers that name no time of their own.</summary>
    public static readonly TimeSpan PatienceDefault = TimeSpan.FromSeconds(20);

    private readonly Lazy<IReadOnlyList<Instruction>> instructions;
    private readonly Lazy<LintReport> lint;
    private readonly Lazy<ContradictionReport> contradictions;

    private PromptText(string text, string? language, TimeSpan patience)
    {
        Text = text;
        Fences = Assay.Fences.In(text);
        var code = ProseMask.CodeIn(text, Fences);
        Placeholders = Assay.Placeholders.In(text, code, Fences);
        Examples = Assay.Examples.In(text);
        // A placeholder stands for a noun, so a word takes its place; spaces would tie its neighbours together.
        Prose = ProseMask.Apply(text, code, Examples, Placeholders, placeholderFiller: 'x');
        Detected = language is null
            ? LanguageDetector.Detect(ProseMask.Apply(text, code, Examples, Placeholders, placeholderFiller: ' '))
            : new(language, 1);
        Sentences = SentenceSplitter.In(Prose);
        Patience = patience;
        instructions = new(() => IsEnglish ? InstructionReader.Read(this) : []);
        lint = new(() => Linter.Report(this, patience));
        contradictions = new(() => ContradictionFinder.Report(this, patience));
    }

    public string Text { get; }

    /// <summary>See <see cref="ProseMask"/>; same length as <see cref="Text"/>.</summary>
    public string Prose { get; }

    public DetectedLanguage Detected { get; }

    public IReadOnlyList<Fence> Fences { get; }

    public IReadOnlyList<Placeholder> Placeholders { get; }

    public IReadOnlyList<Example> Examples { get; }

    public IReadOnlyList<Sentence> Sentences { get; }

    /// <summary>Sentences that ask for something; known for English only.</summary>
    public IReadOnlyList<Instruction> Instructions => instructions.Value;

    /// <summary>For how long each series of checks may go on.</summary>
    public TimeSpan Patience { get; }

    public LintReport Lint => lint.Value;

    public ContradictionReport Contradictions => contradictions.Value;

    /// <summary>Rules that go by English words read English, and texts too short to tell.</summary>
    public bool IsEnglish => Detected.Code is "en" or "und";

    /// <param name="language">ISO 639-1 code that the caller names; detected when null.</param>
    public static PromptText Read(string text, string? language = null, TimeSpan? patience = null) =>
        new(text, language, patience ?? PatienceDefault);

    /// <summary>The sentence that holds the position, or null between sentences.</summary>
    public Sentence? SentenceAt(int position)
    {
        var (low, high) = (0, Sentences.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var span = Sentences[middle].Span;
            if (span.Contains(position))
                return Sentences[middle];
            if (position < span.Start)
                high = middle - 1;
            else
                low = middle + 1;
        }

        return null;
    }

    public Instruction? InstructionAt(int position)
    {
        var (low, high) = (0, Instructions.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var span = Instructions[middle].Span;
            if (span.Contains(position))
                return Instructions[middle];
            if (position < span.Start)
                high = middle - 1;
            else
                low = middle + 1;
        }

        return null;
    }

    /// <summary>A short quotation of the text for messages and evidence.</summary>
    public string Quote(TextSpan span)
    {
        const int lengthMax = 160;
        var end = Math.Min(span.End, span.Start + lengthMax);
        if (end < span.End && char.IsHighSurrogate(Text[end - 1]))
            end--;
        return end < span.End ? $"{Text[span.Start..end]}…" : Text[span.Start..end];
    }
}
