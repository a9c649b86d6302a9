namespace Assay;

internal enum Polarity { Do, DoNot }

/// <summary>A sentence that tells the model to do something or not to.</summary>
/// <param name="Span">The sentence.</param>
/// <param name="Verb">What is asked for, lower case and reduced (see <see cref="EnglishWords.VerbClass"/>).</param>
/// <param name="Content">Stems of the words that carry meaning, the verb excluded.</param>
/// <param name="IsConditional">Holds only in a case that it names.</param>
internal sealed record Instruction(
    TextSpan Span, int Block, Polarity Polarity, string Verb, IReadOnlyList<string> Content, bool IsConditional);
