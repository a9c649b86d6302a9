using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>One invocation as functions and middleware see it, plus what triggered it.</summary>
internal sealed class LocalFunctionContext(
    Function function, Invocation invocation, IServiceProvider services, CancellationToken cancellation)
    : FunctionContext
{
    /// <summary>What the trigger's parameter sources read: an HTTP context, a blob, …</summary>
    public object TriggerData => invocation.TriggerData;

    public Function Function => function;

    public override string InvocationId => invocation.Id;

    public override string FunctionId => function.Definition.Id;

    public override TraceContext TraceContext { get; } = new LocalTraceContext(Activity.Current);

    public override BindingContext BindingContext { get; } = new LocalBindingContext(invocation.BindingData);

    public override RetryContext RetryContext => invocation.Retry!;

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override FunctionDefinition FunctionDefinition => function.Definition;

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IInvocationFeatures Features { get; } = new LocalInvocationFeatures();

    public override CancellationToken CancellationToken => cancellation;
}

internal sealed class LocalTraceContext(Activity? activity) : TraceContext
{
    public override string TraceParent => activity?.Id ?? "";

    public override string TraceState => activity?.TraceStateString ?? "";
}

internal sealed class LocalBindingContext(IReadOnlyDictionary<string, object?> data) : BindingContext
{
    public override IReadOnlyDictionary<string, object?> BindingData => data;
}

internal sealed class LocalInvocationFeatures : IInvocationFeatures
{
    private readonly Dictionary<Type, object> features = [];

    public T? Get<T>() => features.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

    public void Set<T>(T instance)
    {
        if (instance is null)
            features.Remove(typeof(T));
        else
            features[typeof(T)] = instance;
    }

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => features.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
