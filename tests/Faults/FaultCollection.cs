namespace Assay.Faults;

/// <summary>Tests with several processes each run one after the other, beside the others.</summary>
[CollectionDefinition(nameof(Fleet))]
public sealed class FaultCollection;
