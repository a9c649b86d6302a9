using System.Collections.Frozen;

namespace Assay;

/// <summary>The English words that the rules go by.</summary>
internal static class EnglishWords
{
    /// <summary>Words that carry no content of an instruction.</summary>
    public static readonly FrozenSet<string> Stop = Set(
        """
        a an the this that these those it its i you your yours we our they their he she his her them us me my mine
        and or but nor so yet of in on at by to from for with about as into onto over under than then out up
        is are was were be been being am do does did have has had will would can could may might shall should must
        not no don't please any all each every some very really just only also always never too either both
        make sure ensure there here what which who whom how much such own same own
        """);

    /// <summary>Words an imperative may start with before its verb.</summary>
    public static readonly FrozenSet<string> LeadIn = Set(
        """
        please kindly then next finally also first second third lastly now and but so just simply only you to do will
        that sure can could would i i'd want like need your task is job goal carefully always strictly briefly concisely
        clearly try attempt might may maybe perhaps hopefully probably
        step once again instead afterwards additionally furthermore lastly remember let's
        """);

    /// <summary>Verbs that prompts use in the imperative.</summary>
    public static readonly FrozenSet<string> Imperative = Set(
        """
        write answer respond reply return output provide give list name enumerate create generate produce draft compose
        summarize summarise translate rewrite rephrase paraphrase explain describe define discuss analyze analyse
        evaluate assess review compare contrast classify categorize categorise label rank sort order extract identify
        find search check verify validate test fix correct improve edit proofread convert transform format use include
        add insert mention cite quote exclude omit remove delete skip ignore avoid keep maintain limit restrict stay
        remain be act behave speak talk tell ask say state show display present print send suggest recommend propose
        offer brainstorm design plan outline build implement develop code debug refactor optimize optimise calculate
        compute solve count estimate predict choose select pick decide determine consider think imagine assume suppose
        pretend read follow apply refer start begin end finish stop continue repeat split combine merge group
        highlight note focus emphasize emphasise expand elaborate shorten simplify clarify justify support illustrate
        demonstrate help teach guide introduce open close call run execute replace update change set do make take turn
        put let get fill complete match map tag detect flag report reveal share disclose invent guess fabricate
        assign score rate grade judge critique comment annotate reason reflect adopt mimic imitate address
        greet thank apologize apologise treat wrap escape parse reference
        """);

    private static readonly FrozenSet<string> UseVerbs = Set(
        """
        use include add insert provide mention give contain employ utilize utilise apply put write
        state quote show display reveal disclose
        using including adding inserting providing mentioning giving containing avoid
        stating quoting showing displaying revealing disclosing
        """);

    /// <summary>
    /// Verbs that amount to the same in an instruction share a class; others are reduced to their stem.
    /// </summary>
    public static string VerbClass(string verb) => UseVerbs.Contains(verb) ? "use" : Stem(verb);

    /// <summary>
    /// Takes plural and participle endings off. Coarse on purpose: it is used to compare, never shown.
    /// </summary>
    public static string Stem(string word) => word switch
    {
        _ when word.EndsWith("ies", StringComparison.Ordinal) && word.Length > 4 => $"{word[..^3]}y",
        _ when word.EndsWith("sses", StringComparison.Ordinal) => word[..^2],
        _ when word.EndsWith("ing", StringComparison.Ordinal) && word.Length > 5 => Trim(word[..^3]),
        _ when word.EndsWith("ed", StringComparison.Ordinal) && word.Length > 4 => Trim(word[..^2]),
        _ when word.EndsWith("'s", StringComparison.Ordinal) => word[..^2],
        _ when word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) && word.Length > 3 =>
            Trim(word[..^1]),
        _ => Trim(word),
    };

    private static string Trim(string stem) =>
        stem.Length > 3 && stem[^1] == 'e' ? stem[..^1]
        : stem.Length > 3 && stem[^1] == stem[^2] && stem[^1] is not ('s' or 'l') ? stem[..^1]
        : stem;

    private static FrozenSet<string> Set(string words) =>
        words.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
