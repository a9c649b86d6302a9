namespace Assay;

/// <summary>Something that a prompt asks of the answer, such as a tone or a length.</summary>
/// <param name="Stance">What is asked, in words that fit "asks for …".</param>
internal sealed record Demand(string Stance, TextSpan Span, TextSpan Sentence, DemandScope Scope);

/// <summary>
/// What a demand is about: the whole answer, the answer under a name ("the report"), or a part of it ("the title").
/// Demands on different things do not conflict.
/// </summary>
internal readonly record struct DemandScope(string? Noun, bool IsPart)
{
    public static readonly DemandScope Answer = new(null, false);

    public bool Meets(DemandScope other) =>
        IsPart || other.IsPart
            ? IsPart == other.IsPart && Noun == other.Noun
            : Noun is null || other.Noun is null || Noun == other.Noun;
}
