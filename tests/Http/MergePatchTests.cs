using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Assay;

public sealed class MergePatchTests
{
    private static readonly Sample current = new(
        "name", 3, new("red", true), ["a", "b"], new JsonObject { ["kept"] = 1, ["gone"] = 2 });

    private sealed record Sample(
        [MaxLength(10)] string Name, int? Count, Look? Look, IReadOnlyList<string> Tags, JsonObject Meta,
        int Size = 7);

    private sealed record Look(string Color, bool Bold = false);

    [Fact]
    public async Task What_the_patch_does_not_name_stays()
    {
        var changed = await ReadAsync("""{"count":4}""");

        Assert.Equal(("name", 4, "red"), (changed.Value!.Name, changed.Value.Count, changed.Value.Look!.Color));
        Assert.Equal(["a", "b"], changed.Value.Tags);
    }

    [Fact]
    public async Task Objects_are_merged_and_lists_replaced()
    {
        var changed = await ReadAsync(
            """{"look":{"color":"blue"},"tags":["c"],"meta":{"gone":null,"new":{"a":1,"b":null}}}""");

        Assert.Equal(new Look("blue", true), changed.Value!.Look);
        Assert.Equal(["c"], changed.Value.Tags);
        Assert.Equal("""{"kept":1,"new":{"a":1}}""", changed.Value.Meta.ToJsonString());
    }

    [Fact]
    public async Task Null_takes_a_value_away_or_brings_the_default_back()
    {
        var changed = await ReadAsync("""{"count":null,"look":null,"size":null}""", current with { Size = 9 });

        Assert.Equal((null, null, 7), (changed.Value!.Count, changed.Value.Look, changed.Value.Size));
    }

    [Theory]
    [InlineData("""{"extra":1}""", 400, "extra", "unknown member; known are name, count, look, tags, meta, size")]
    [InlineData("""{"extra":null}""", 400, "extra", "unknown member; known are name, count, look, tags, meta, size")]
    [InlineData("""{"look":{"colour":null}}""", 400, "look.colour", "unknown member; known are color, bold")]
    [InlineData("""{"name":null}""", 400, "name", "expected a string of at most 10 characters, not null")]
    [InlineData("""{"name":5}""", 400, "name", "expected a string of at most 10 characters")]
    [InlineData("""{"name":"12345678901"}""", 422, "name", "expected a string of at most 10 characters")]
    [InlineData("""{"tags":{"a":1}}""", 400, "tags", "expected an array")]
    [InlineData("[]", 400, "body", "expected an object")]
    public async Task The_merged_record_obeys_the_rules(string patch, int status, string field, string expected)
    {
        var changed = await ReadAsync(patch);

        Assert.Equal(status, changed.Problem!.Status);
        var error = Assert.Single(changed.Problem.Errors!);
        Assert.Equal((field, expected), (error.Key, error.Value[0]));
    }

    [Theory]
    [InlineData("application/merge-patch+json", null)]
    [InlineData("application/json; charset=utf-8", null)]
    [InlineData("text/plain", 415)]
    public async Task A_patch_is_json_of_its_own_type_or_any(string contentType, int? status)
    {
        var changed = await ReadAsync("""{"count":4}""", contentType: contentType);

        Assert.Equal(status, changed.Problem?.Status);
    }

    private static Task<JsonBody<Sample>> ReadAsync(
        string patch, Sample? sample = null, string contentType = MergePatch.ContentType)
    {
        var http = new DefaultHttpContext();
        http.Request.ContentType = contentType;
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(patch));
        return MergePatch.ReadAsync(http.Request, sample ?? current, CancellationToken.None);
    }
}
