namespace Microsoft.Azure.Functions.Worker.Context.Features;

/// <summary>
/// What the host keeps of one invocation's bindings, so that middleware can look at inputs before the function runs
/// and change its result afterwards.
/// </summary>
internal interface IFunctionBindingsFeature
{
    object? InvocationResult { get; set; }

    /// <summary>What the function gave for its output bindings, by binding name.</summary>
    IDictionary<string, object?> OutputBindingData { get; }

    /// <summary>Binds an input once: the function later receives the very value returned here.</summary>
    ValueTask<object?> BindInputAsync(BindingMetadata binding, Type targetType);

    /// <summary>Replaces the value that the function will receive.</summary>
    void SetInput(BindingMetadata binding, object? value);
}
