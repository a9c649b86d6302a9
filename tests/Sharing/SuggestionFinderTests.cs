namespace Assay;

public sealed class SuggestionFinderTests
{
    private const string Text =
        "Answer the customer's question in two sentences, in a friendly tone, and never promise a refund before you "
        + "have looked at the order; where the order is unknown, ask for its number first and for nothing else.";

    private readonly List<SuggestionTitle> subjects = [];
    private readonly List<string> texts = [];
    private readonly List<(Guid, Guid, string)> relationships = [];

    [Fact]
    public void Texts_that_differ_in_case_and_punctuation_are_duplicates()
    {
        var (one, other) = (Add("One", Text), Add("Other", Text.ToUpperInvariant().Replace(",", " –")));

        var found = Assert.Single(Find());
        Assert.Equal((SuggestionKind.Duplicate, 1.0), (found.Kind, found.Score));
        Assert.Equal(new[] { one, other }.Order(), new[] { found.SourceId, found.TargetId }.Order());
    }

    [Fact]
    public void Texts_of_which_most_is_the_same_are_similar_and_others_are_not()
    {
        Add("One", Text);
        Add("Other", Text.Replace("two sentences", "five lines"));
        Add("Elsewhere", "Translate the following paragraph into French and keep all of its names as they are.");

        var found = Assert.Single(Find());
        Assert.Equal(SuggestionKind.Similar, found.Kind);
        Assert.InRange(found.Score, 0.5, 0.9);
    }

    [Fact]
    public void Texts_that_share_half_are_found_with_the_probability_that_bands_promise()
    {
        var random = new Random(20261121);
        var found = 0;
        for (var n = 0; n < 100; n++)
        {
            string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => $"w{random.Next()}"));
            var common = Words(200);
            var (one, other) = (new TextFingerprint($"{common} {Words(98)}"), new TextFingerprint(
                $"{common} {Words(98)}"));
            Assert.InRange(one.Overlap(other), 0.49, 0.51);
            found += one.BandKeys.Zip(other.BandKeys).Any(pair => pair.First == pair.Second) ? 1 : 0;
        }

        Assert.InRange(found, 85, 100);
    }

    [Theory]
    [InlineData("Write in our House Style, always.", 0.7)]
    [InlineData("{{house_style}} Answer.", 0.9)]
    [InlineData("{{ house.style }} Our house style.", 0.9)]
    public void An_entity_that_a_text_mentions_by_its_title_is_one_that_it_depends_on(string text, double score)
    {
        var style = Add("House style", "Short words.");
        var prompt = Add("Prompt", text);

        var found = Assert.Single(Find());
        Assert.Equal(
            (SuggestionKind.MissingRelation, prompt, style, RelationshipType.DependsOn, score),
            (found.Kind, found.SourceId, found.TargetId, found.RelationshipType, found.Score));
    }

    [Fact]
    public void Single_words_are_no_mentions_but_in_places_for_variables()
    {
        Add("Tone", "Be kind to everybody.");
        Add("Plain", "Mind the tone.");
        var asking = Add("Asking", "{{tone}} Write a letter.");

        Assert.Equal(asking, Assert.Single(Find()).SourceId);
    }

    [Fact]
    public void What_a_text_that_is_alike_depends_on_may_be_missing()
    {
        var basis = Add("Basis", "Something else entirely, of a few words.");
        var (one, other) = (Add("One", Text), Add("Other", Text));
        relationships.Add((one, basis, RelationshipType.DependsOn));

        var missing = Assert.Single(Find(), found => found.Kind == SuggestionKind.MissingRelation);
        Assert.Equal((other, basis, 0.6), (missing.SourceId, missing.TargetId, missing.Score));
    }

    [Fact]
    public void Nothing_is_suggested_of_what_is_related_already()
    {
        var style = Add("House style", Text);
        var prompt = Add("Prompt", $"{Text} House style.");
        relationships.Add((style, prompt, RelationshipType.DerivedFrom));

        Assert.Empty(Find());
    }

    [Theory]
    [InlineData(0.86, SuggestionKind.Similar, 0.86, "Their vectors, by a-model, have a cosine of 0.86.")]
    [InlineData(0.79, null, 0, "")]
    [InlineData(
        null, SuggestionKind.Similar, 0.66, "66 % of the sequences of three words in their texts are the same.")]
    public void Vectors_say_what_is_similar_and_words_where_there_are_none(
        double? cosine, string? kind, double score, string reason)
    {
        Add("One", Text);
        Add("Other", Text.Replace("two sentences", "five lines").Replace("for nothing", "not for anything"));

        var found = Find(cosine).SingleOrDefault();
        Assert.Equal((kind, score, reason), (found?.Kind, found?.Score ?? 0, found?.Reason ?? ""));
    }

    [Fact]
    public void Duplicates_are_told_by_their_words_however_near_the_vectors_are()
    {
        Add("One", Text);
        Add("Other", Text);

        Assert.Equal(SuggestionKind.Duplicate, Assert.Single(Find(0.95)).Kind);
    }

    [Fact]
    public void Only_the_best_are_kept_of_very_many()
    {
        for (var n = 0; n < 50; n++)
            Add($"Copy {n}", Text);

        var found = Find();
        Assert.InRange(found.Count, 200, 250);
        Assert.All(
            found.GroupBy(one => one.SourceId),
            same => Assert.InRange(same.Count(), 1, SuggestionFinder.SuggestionsPerEntityMax));
    }

    private Guid Add(string title, string text)
    {
        subjects.Add(new(Guid.CreateVersion7(), title));
        texts.Add(text);
        return subjects[^1].Id;
    }

    private IReadOnlyList<FoundSuggestion> Find(double? cosine = null)
    {
        var finder = new SuggestionFinder(subjects, relationships, "a-model");
        foreach (var (subject, text) in subjects.Zip(texts))
            finder.Add(subject.Id, text);
        for (var one = 0; one < subjects.Count; one++)
            for (var other = one + 1; other < subjects.Count; other++)
                finder.Compare(subjects[one].Id, subjects[other].Id, cosine);
        return finder.Finish();
    }
}
