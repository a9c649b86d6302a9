using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>What middleware sees of the function that runs.</summary>
internal sealed class LocalFunctionDefinition(
    string id,
    string name,
    string entryPoint,
    string pathToAssembly,
    ImmutableArray<FunctionParameter> parameters,
    IImmutableDictionary<string, BindingMetadata> inputs,
    IImmutableDictionary<string, BindingMetadata> outputs) : FunctionDefinition
{
    public override string Id => id;

    public override string Name => name;

    public override string EntryPoint => entryPoint;

    public override string PathToAssembly => pathToAssembly;

    public override ImmutableArray<FunctionParameter> Parameters => parameters;

    public override IImmutableDictionary<string, BindingMetadata> InputBindings => inputs;

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings => outputs;
}

internal sealed class LocalBindingMetadata(string name, string type, BindingDirection direction) : BindingMetadata
{
    public override string Name => name;

    public override string Type => type;

    public override BindingDirection Direction => direction;
}
