namespace Microsoft.DurableTask.Entities;

/// <summary>There are none so far.</summary>
public record CallEntityOptions;
