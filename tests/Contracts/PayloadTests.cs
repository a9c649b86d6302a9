using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Numbers = Microsoft.DurableTask.Page<int>;
using Texts = Microsoft.DurableTask.Page<string>;

namespace Assay;

public sealed class PayloadTests
{
    private static readonly JsonDataConverter Json = JsonDataConverter.Default;

    [Fact]
    public void Null_stays_null_both_ways()
    {
        Assert.Null(Json.Serialize(null));
        Assert.Null(Json.Deserialize(null, typeof(string)));
        Assert.Null(Json.Deserialize<int?>(null));
        Assert.Equal(0, Json.Deserialize<int>(null));
    }

    [Fact]
    public void Names_keep_their_case_and_fields_are_included()
    {
        var text = Json.Serialize((Id: 7, Name: "seven"));

        Assert.Equal("""{"Item1":7,"Item2":"seven"}""", text);
        Assert.Equal((7, "seven"), Json.Deserialize<(int, string)>(text));
        Assert.Equal("""{"Chunks":3}""", Json.Serialize(new Counted(3)));
    }

    [Fact]
    public void Other_options_are_respected()
    {
        var web = new JsonDataConverter(new JsonSerializerOptions(JsonSerializerDefaults.Web));

        Assert.Equal("""{"chunks":3}""", web.Serialize(new Counted(3)));
    }

    [Fact]
    public async Task Pages_are_fetched_only_as_they_are_read()
    {
        var asked = new List<string?>();
        var pages = Pageable.Create((token, _) =>
        {
            asked.Add(token);
            return Task.FromResult(token is null ? new Numbers([1, 2], "more") : new Numbers([3]));
        });

        await using var items = pages.GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        Assert.Equal([null], asked);

        var all = new List<int> { items.Current };
        while (await items.MoveNextAsync())
            all.Add(items.Current);
        Assert.Equal([1, 2, 3], all);
        Assert.Equal([null, "more"], asked);
    }

    [Fact]
    public async Task Reading_by_page_starts_anywhere_and_passes_the_size_on()
    {
        var sizes = new List<int?>();
        var pages = Pageable.Create((token, size, _) =>
        {
            sizes.Add(size);
            return Task.FromResult(new Texts([token!], token == "b" ? "c" : null));
        });

        var read = new List<string>();
        await foreach (var page in pages.AsPages("b", 10))
            read.AddRange(page.Values);

        Assert.Equal(["b", "c"], read);
        Assert.Equal([10, 10], sizes);
    }

    [Fact]
    public void What_was_not_asked_for_cannot_be_read()
    {
        var without = new OrchestrationMetadata("Ingest", "1") { SerializedOutput = "5" };
        var with = new OrchestrationMetadata("Ingest", "1") { SerializedOutput = "5", DataConverter = Json };

        Assert.Throws<InvalidOperationException>(() => without.ReadOutputAs<string>());
        Assert.Equal(5, with.ReadOutputAs<int>());
        Assert.Null(with.ReadCustomStatusAs<string>());
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Pending, false)]
    [InlineData(OrchestrationRuntimeStatus.Running, false)]
    [InlineData(OrchestrationRuntimeStatus.Suspended, false)]
    [InlineData(OrchestrationRuntimeStatus.Completed, true)]
    [InlineData(OrchestrationRuntimeStatus.Failed, true)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, true)]
    public void An_instance_is_complete_once_it_ended_in_any_way(OrchestrationRuntimeStatus status, bool complete) =>
        Assert.Equal(complete, new OrchestrationMetadata("Ingest", "1") { RuntimeStatus = status }.IsCompleted);

    [Fact]
    public void Long_payloads_are_cut_in_descriptions()
    {
        var metadata = new OrchestrationMetadata("Ingest", "1") { SerializedInput = new string('x', 51) };

        Assert.Contains($"Input: '{new string('x', 50)}...'", metadata.ToString());
    }

    private sealed record Counted(int Chunks);
}
