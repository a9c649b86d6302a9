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

    [JsonPropertyOrder(1)]
    public required JsonNode Nodes { get; init; }
}
