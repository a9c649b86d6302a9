using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Assay;

/// <summary>A document, and what became of each node of its latest run.</summary>
public sealed record DocumentAnswer : Document
{
    public DocumentAnswer(Document document)
        : base(document)
    {
    }

    /// <summary>Steps of its latest run.</summary>
    [JsonPropertyOrder(1)]
    [JsonOf(typeof(RunNode[]))]
    public required JsonNode Nodes { get; init; }
}
