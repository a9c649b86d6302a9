namespace Assay;

public sealed class ContradictionTests
{
    [Theory]
    [InlineData("length", "Be brief. Give a detailed explanation of every step.", "Be brief", "detailed explanation")]
    [InlineData("tone", "Write in a formal tone. Keep it casual and chatty.", "formal", "casual")]
    [InlineData("tone", "Stay neutral. Make the text persuasive.", "neutral", "persuasive")]
    [InlineData(
        "format", "Respond only in JSON. Present the answer as a bulleted list.",
        "Respond only in JSON", "Present the answer as a bulleted list")]
    [InlineData(
        "format", "Return valid XML. Later on, output the result as CSV.",
        "Return valid XML", "output the result as CSV")]
    [InlineData("language", "Always answer in English. Reply in French.", "answer in English", "Reply in French")]
    [InlineData(
        "absolute", "Always include a price. Never include a price.",
        "Always include a price.", "Never include a price.")]
    [InlineData(
        "absolute", "Use emojis in every headline. Avoid emojis.", "Use emojis in every headline.", "Avoid emojis.")]
    [InlineData(
        "absolute", "Mention competitors by name. Do not mention competitors.",
        "Mention competitors by name.", "Do not mention competitors.")]
    [InlineData(
        "absolute", "Always state the exact refund amount. Never mention refund amounts.",
        "Always state the exact refund amount.", "Never mention refund amounts.")]
    [InlineData("number", "Write at least 500 words. Stay under 200 words.", "at least 500 words", "under 200 words")]
    [InlineData("number", "Answer in one sentence. Use at least 300 words.", "in one sentence", "at least 300 words")]
    [InlineData(
        "number",
        "Answer in at most two sentences. Cover every step with several examples, in at least 300 words.",
        "at most two sentences", "at least 300 words")]
    [InlineData(
        "number", "Give exactly 5 bullets. Provide no more than 3 bullet points.",
        "Give exactly 5 bullets", "no more than 3 bullet points")]
    public void Instructions_that_exclude_each_other_are_paired(string kind, string text, string first, string second)
    {
        var found = Find(text);

        Assert.Contains((kind, first, second), found.Select(pair => (pair.Kind, pair.FirstQuote, pair.SecondQuote)));
        Assert.All(found, pair => Assert.True(pair.First.Start < pair.Second.Start));
        Assert.All(found, pair => Assert.NotEmpty(pair.Reason));
    }

    [Theory]
    [InlineData("Write a 500-word article. Start with a summary of at most 50 words.")]
    [InlineData("Write at least 200 words but no more than 400 words.")]
    [InlineData("Use between 100 and 200 words. Use at most 3 paragraphs.")]
    [InlineData("Keep each bullet under 15 words. Write at least 300 words in total.")]
    [InlineData("Translate the text from English into French. Write the notes in French.")]
    [InlineData("If the user writes in French, answer in French. Otherwise answer in English.")]
    [InlineData("Read the CSV file. Return the result as JSON.")]
    [InlineData("Answer in JSON when asked for data. Otherwise respond in plain text.")]
    [InlineData("Include citations. Do not include citations from Wikipedia.")]
    [InlineData("Always cite sources. Never cite blogs.")]
    [InlineData("Use short sentences. Do not use jargon.")]
    [InlineData("Never share passwords unless the user is an administrator. Share the link.")]
    [InlineData("Be formal. Do not be casual.")]
    [InlineData("Briefly introduce the topic, then explain the method in detail.")]
    [InlineData("In the summary, be brief. In the appendix, be detailed.")]
    [InlineData("Is a formal tone better than a casual tone for an apology?")]
    [InlineData(
        "Summarize this review: "
        + "\"The guide was friendly and rude at once, be brief they said, be detailed they meant.\"")]
    [InlineData("Explain why some customers want a formal tone while others want a casual tone.")]
    public void Instructions_that_go_together_are_left_alone(string text) => Assert.Empty(Find(text));

    [Fact]
    public void A_prompt_full_of_contradictions_is_cut_short()
    {
        var text = string.Join('\n', Enumerable.Range(1, 200).SelectMany(n =>
            new[] { $"Always include topic number{n} here.", $"Never include topic number{n} here." }));

        Assert.Equal(ContradictionFinder.ContradictionsMax, Find(text).Count);
    }

    private static IReadOnlyList<Contradiction> Find(string text) =>
        ContradictionFinder.Find(PromptText.Read(text, "en"));
}
