using System.Text.Json.Nodes;
using CsCheck;

namespace Assay;

public sealed class ComposerTests
{
    private const int BytesMax = 4 * 1024 * 1024;

    private static readonly Dictionary<string, JsonNode> none = [];

    // From lower to higher numbers, so that there are no cycles.
    private static readonly Gen<(CompositionPart[] Parts, CompositionEdge[] Edges)> AnyGraph =
        Gen.Int[1, 11].SelectMany(count => Gen.Select(
            Gen.Select(Gen.Int[0, 7], Gen.Int[0, 100].Nullable(0.3)).Array[count],
            Gen.Double.Unit.Array[count * count],
            (texts, chances) => (
                texts.Select((text, n) => Part(
                    $"{n}", string.Concat(Enumerable.Repeat($"w{n} {{{{v}}}} ", text.Item1)), text.Item2)).ToArray(),
                (from source in Enumerable.Range(0, count)
                 from target in Enumerable.Range(source + 1, count - source - 1)
                 where chances[source * count + target] < 1 / 3.0
                 select On($"{source}", $"{target}")).ToArray())));

    [Fact]
    public void What_is_depended_on_comes_first_and_once()
    {
        // a needs b and c, which both need d.
        var parts = Contexts("a", "b", "c", "d");

        var composed = Compose("a", parts, [On("a", "b"), On("a", "c"), On("b", "d"), On("c", "d")]);

        Assert.Equal("text d\n\ntext b\n\ntext c\n\ntext a", composed.Text);
        Assert.Equal(
            ["d", "b", "c", "a"],
            composed.Spans.Where(span => span.EntityId is not null).Select(span => Name(span.EntityId!.Value)));
    }

    [Fact]
    public void An_overriding_part_takes_the_place_of_the_other_and_of_what_that_one_alone_needs()
    {
        var parts = Contexts("a", "b", "c", "d");

        var composed = Compose(
            "a", parts, [On("a", "b"), On("b", "c"), On("a", "d"), new(Id("d"), Id("b"), "overrides", null)]);

        Assert.Equal("text d\n\ntext a", composed.Text);
        var overridden = Assert.Single(composed.Sources, source => source.State == SourceState.Overridden);
        Assert.Equal((Id("b"), $"{Id("d")} overrides it."), (overridden.EntityId, overridden.Reason));
    }

    [Fact]
    public void Two_that_override_each_other_are_named()
    {
        var (_, problem) = Composer.Compose(
            Id("a"), Contexts("a", "b", "c"),
            [
                On("a", "b"), On("a", "c"), new(Id("b"), Id("c"), "overrides", null),
                new(Id("c"), Id("b"), "overrides", null),
            ],
            none, new(null, BytesMax), TokenEncoding.O200k, CancellationToken.None);

        Assert.Contains($"{Id("b")}", problem!.Errors["overrides"], StringComparison.Ordinal);
    }

    [Fact]
    public void Conflicts_are_told()
    {
        var composed = Compose(
            "a", Contexts("a", "b", "c"),
            [On("a", "b"), On("a", "c"), new(Id("b"), Id("c"), "conflicts_with", "Formal and casual")]);

        Assert.Equal([new(Id("b"), Id("c"), "Formal and casual")], composed.Conflicts);
    }

    [Fact]
    public void Variables_are_filled_and_nothing_in_a_value_is_looked_at()
    {
        var part = Part("a", "Dear {{name}}, {{ count }} of {{open}}{{no place}}") with
        {
            Variables =
            [
                new("count", VariableType.Integer, Default: 3), new("open", Required: false), new("unused"),
            ],
        };

        var (composed, _) = Composer.Compose(
            part.Id, [part], [], new Dictionary<string, JsonNode> { ["name"] = "{{count}} {0} $1" },
            new(null, BytesMax), TokenEncoding.O200k, CancellationToken.None);

        Assert.Equal("Dear {{count}} {0} $1, 3 of {{no place}}", composed!.Text);
        Assert.Equal(
            ["name:{{count}} {0} $1", "count:3"],
            composed.Spans.Where(span => span.Variable is not null)
                .Select(span => $"{span.Variable}:{composed.Text[span.Start..span.End]}"));
    }

    [Fact]
    public void Missing_unknown_and_wrong_values_are_all_named()
    {
        var part = Part("a", "{{missing}} {{number}} {{choice}}") with
        {
            Variables = [new("number", VariableType.Number), new("choice", AllowedValues: ["x", "y"])],
        };

        var (_, problem) = Composer.Compose(
            part.Id, [part], [],
            new Dictionary<string, JsonNode> { ["number"] = "1", ["choice"] = "z", ["other"] = 1 },
            new(null, BytesMax), TokenEncoding.O200k, CancellationToken.None);

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["variables.missing"] = "required: expected a value",
                ["variables.number"] = "expected a value of the type number",
                ["variables.choice"] = "expected one of \"x\", \"y\"",
                ["variables.other"] = "unknown; known are missing, number, choice",
            },
            problem!.Errors);
    }

    [Fact]
    public void Short_of_room_contexts_of_the_least_priority_are_left_out_with_what_needs_them()
    {
        // high needs low, which therefore counts as much as high.
        var parts = new[]
        {
            Part("a", "root"), Part("high", "one two three", 90), Part("low", "four five six", 10),
            Part("middle", "seven eight nine", 50),
        };
        CompositionEdge[] edges = [On("a", "middle"), On("a", "high"), On("high", "low")];

        Assert.Equal("seven eight nine\n\nfour five six\n\none two three\n\nroot", Compose("a", parts, edges).Text);
        Assert.Equal("four five six\n\none two three\n\nroot", Compose("a", parts, edges, 12).Text);
        Assert.Equal("four five six\n\nroot", Compose("a", parts, edges, 7).Text);
        Assert.Equal("root", Compose("a", parts, edges, 2).Text);
        var (_, problem) = Composer.Compose(
            Id("a"), [Part("a", "one two three")], [], none, new(2, BytesMax), TokenEncoding.O200k,
            CancellationToken.None);
        Assert.Equal("expected at least 3: that many are needed without any context", problem!.Errors["tokenBudget"]);
    }

    [Fact]
    public void A_context_keeps_to_its_own_budget()
    {
        var composed = Compose(
            "a", [Part("a", "root"), Part("b", "one two three four", 50) with { TokenBudget = 2 }], [On("a", "b")]);

        Assert.Equal("one two\n\nroot", composed.Text);
        Assert.Equal(SourceState.Shortened, composed.Sources[0].State);
    }

    [Fact]
    public void Whatever_the_graph_the_text_is_mapped_completely_ordered_and_within_its_budget() =>
        Gen.Select(AnyGraph, Gen.Int[0, 199].Nullable(0.3), Gen.Int[0, 4]).Sample(
            (graph, room, length) =>
            {
                var (parts, edges) = graph;
                var needed = parts.Count(part => part.Priority is null || part.Id == Id("0")) * 100;
                var values = parts.Any(part => part.Text.Contains("{{v}}"))
                    ? new() { ["v"] = new string('x', length) }
                    : none;

                var (composed, problem) = Composer.Compose(
                    Id("0"), parts, edges, values, new(needed + room, BytesMax), TokenEncoding.Cl100k,
                    CancellationToken.None);

                // Only where no part that is in the text has a place for it.
                if (problem is not null)
                    Assert.Equal(["variables.v"], problem.Errors.Keys);
                else
                    Check(composed!, edges, needed + room);
            },
            iter: 1_200);

    private static void Check(Composition composed, CompositionEdge[] edges, int? budget)
    {
        Assert.Equal(Tokenizer.Get(TokenEncoding.Cl100k).Count(composed.Text), composed.Tokens);
        Assert.True(budget is null || composed.Tokens <= budget);
        var at = 0;
        foreach (var span in composed.Spans)
        {
            Assert.Equal(at, span.Start);
            Assert.True(span.End > span.Start);
            at = span.End;
        }
        Assert.Equal(composed.Text.Length, at);

        var places = composed.Sources.Select((source, n) => (source, n)).ToDictionary(s => s.source.EntityId, s => s.n);
        var shown = composed.Sources.Where(source => source.State != SourceState.LeftOut)
            .Select(source => source.EntityId).ToHashSet();
        foreach (var edge in edges.Where(edge => places.ContainsKey(edge.SourceId)))
        {
            Assert.True(places[edge.TargetId] < places[edge.SourceId]);
            var source = composed.Sources[places[edge.SourceId]];
            if (shown.Contains(edge.SourceId) && source.Type == "context" && edge.SourceId != Id("0"))
                Assert.Contains(edge.TargetId, shown);
        }
    }

    private static Composition Compose(
        string root, CompositionPart[] parts, CompositionEdge[] edges, int? budget = null)
    {
        var (composition, problem) = Composer.Compose(
            Id(root), parts, edges, none, new(budget, BytesMax), TokenEncoding.O200k, CancellationToken.None);
        Assert.Null(problem);
        return composition!;
    }

    private static CompositionPart[] Contexts(params string[] names) =>
        [.. names.Select(name => Part(name, $"text {name}", 50))];

    private static CompositionPart Part(string name, string text, int? priority = null) => new(
        Id(name), priority is null ? "prompt" : "context", name, 1, null, text, [], priority, null);

    private static CompositionEdge On(string source, string target) => new(Id(source), Id(target), "depends_on", null);

    // A name that can be read back.
    private static Guid Id(string name) => new(System.Text.Encoding.ASCII.GetBytes(name.PadRight(16, '\0')));

    private static string Name(Guid id) => System.Text.Encoding.ASCII.GetString(id.ToByteArray()).TrimEnd('\0');
}
