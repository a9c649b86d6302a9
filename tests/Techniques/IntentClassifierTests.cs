using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Assay;

public sealed class IntentClassifierTests(TestDatabase database, ITestOutputHelper output) : IClassFixture<TestDatabase>
{
    private readonly IntentClassifier classifier = new();

    [Fact]
    public async Task Of_labelled_inputs_that_it_has_not_seen_at_least_85_percent_are_told_right()
    {
        var intents = await IntentsAsync();
        var held = LabelledInput.Half(odd: false);
        var told = held.Select(input => (input.Intent, Told: classifier.Rank(intents, input.Text)[0].Intent)).ToList();

        Print([.. intents.Select(intent => intent.Key)], told);
        Assert.True(Accuracy(told) >= 0.85, $"Only {Accuracy(told):P1} were told right.");
    }

    [Fact]
    public async Task What_was_classified_once_is_classified_the_same_again()
    {
        var intents = await IntentsAsync();
        const string Text = "Plan a week in Kyoto, then translate the plan into Japanese.";

        var (first, second) = (classifier.Rank(intents, Text), new IntentClassifier().Rank(intents, Text));

        Assert.Equal(
            first.Select(one => (one.Intent, one.Confidence)), second.Select(one => (one.Intent, one.Confidence)));
        Assert.Equal(["translate", "plan"], first.Take(2).Select(one => one.Intent).OrderDescending());
        Assert.InRange(first.Sum(one => one.Confidence), 0.99, 1.01);
    }

    [Fact]
    public async Task A_text_that_nothing_is_known_of_is_of_no_intent_more_than_of_another()
    {
        var ranked = classifier.Rank(await IntentsAsync(), "zxcv 漢字 qwer");

        Assert.Single(ranked.Select(one => one.Confidence).Distinct());
        Assert.All(ranked, one => Assert.Empty(one.Because));
    }

    [Fact]
    public async Task Intents_that_have_changed_are_learned_anew()
    {
        var intents = await IntentsAsync();
        const string Text = "zzyzx zzyzx";
        Assert.NotEqual("plan", classifier.Rank(intents, Text)[0].Intent);

        var changed = intents.Select(intent => intent.Key == "plan"
            ? intent with { Patterns = ["zzyzx"], UpdatedAt = intent.UpdatedAt.AddSeconds(1) }
            : intent);

        var ranked = classifier.Rank([.. changed], Text);
        Assert.Equal("plan", ranked[0].Intent);
        Assert.Equal(["zzyzx"], ranked[0].Because);
    }

    [Fact]
    public async Task A_text_of_any_length_and_kind_is_classified_in_time()
    {
        var intents = await IntentsAsync();
        classifier.Rank(intents, "warm");
        var began = Stopwatch.GetTimestamp();

        foreach (var piece in new[] { "a ", "give me the ", "write a ", "\"", "\ud800", "((", "find all in " })
            Assert.Equal(13, classifier.Rank(intents, string.Concat(Enumerable.Repeat(piece, 20_000))).Count);

        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 5);
    }

    private static double Accuracy(IReadOnlyCollection<(string Intent, string Told)> told) =>
        told.Count(one => one.Intent == one.Told) / (double)told.Count;

    // A row for each intent, a column for what it was taken for.
    private void Print(IReadOnlyList<string> keys, IReadOnlyCollection<(string Intent, string Told)> told)
    {
        output.WriteLine($"{told.Count} inputs, {Accuracy(told).ToString("P1", CultureInfo.InvariantCulture)} right");
        output.WriteLine($"{"",-11}{string.Concat(keys.Select(key => $"{key[..Math.Min(5, key.Length)],6}"))}");
        foreach (var key in keys)
            output.WriteLine($"{key,-11}{string.Concat(keys.Select(
                taken => $"{told.Count(one => one == (key, taken)),6}"))}");
    }

    private Task<IReadOnlyList<Intent>> IntentsAsync() =>
        new TechniqueCatalog(database.As(Guid.CreateVersion7())).ListIntentsAsync(CancellationToken.None);
}
