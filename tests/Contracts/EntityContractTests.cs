using System.Text.Json;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace Assay;

public sealed class EntityContractTests
{
    [Fact]
    public void An_id_reads_back_from_what_it_writes()
    {
        var id = new EntityInstanceId("Counter", "a@B");

        Assert.Equal("@counter@a@B", id.ToString());
        Assert.Equal(id, EntityInstanceId.FromString("@counter@a@B"));
        Assert.Equal(id, JsonSerializer.Deserialize<EntityInstanceId>(JsonSerializer.Serialize(id)));
    }

    [Theory]
    [InlineData("counter@key")]
    [InlineData("@counter")]
    [InlineData("@")]
    public void Other_texts_are_no_ids(string text) =>
        Assert.Throws<ArgumentException>(() => EntityInstanceId.FromString(text));

    [Fact]
    public void An_at_sign_is_no_part_of_a_name() =>
        Assert.Throws<ArgumentException>(() => new EntityInstanceId("a@b", "key"));

    [Theory]
    [InlineData("Counter", "@counter")]
    [InlineData("@Counter@Key", "@counter@Key")]
    [InlineData("Counter@Key", "@counter@Key")]
    public void A_prefix_is_taken_to_the_form_of_ids(string given, string asked) =>
        Assert.Equal(asked, new EntityQuery { InstanceIdStartsWith = given }.InstanceIdStartsWith);

    [Fact]
    public void Metadata_writes_what_it_knows_and_no_more()
    {
        var id = new EntityInstanceId("counter", "1");
        var web = new JsonSerializerOptions(JsonSerializerDefaults.Web);

        var bare = JsonSerializer.Serialize(new EntityMetadata(id), web);
        var full = JsonSerializer.Serialize(new EntityMetadata<int>(id, 5) { LockedBy = "run" }, web);

        Assert.Equal("""{"id":"@counter@1","lastModifiedTime":"0001-01-01T00:00:00+00:00"}""", bare);
        Assert.EndsWith(""","lockedBy":"run","state":5}""", full);
        Assert.Throws<InvalidOperationException>(() => new EntityMetadata(id).State);
        Assert.Equal(3, new EntityMetadata(id, new SerializedData("3")).State.ReadAs<int>());
    }
}
