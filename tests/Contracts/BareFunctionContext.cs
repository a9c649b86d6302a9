using System.Collections;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>An invocation with nothing but services, items and features, to test what works on those alone.</summary>
internal sealed class BareFunctionContext(IServiceProvider services, string invocationId = "1") : FunctionContext
{
    public override string InvocationId => invocationId;

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IInvocationFeatures Features { get; } = new FeatureSet();

    public override string FunctionId => throw new NotSupportedException();

    public override TraceContext TraceContext => throw new NotSupportedException();

    public override BindingContext BindingContext => throw new NotSupportedException();

    public override RetryContext RetryContext => null!;

    public override FunctionDefinition FunctionDefinition => throw new NotSupportedException();

    public List<string> Traced() => Items.TryGetValue("trace", out var trace) ? (List<string>)trace : [];

    private sealed class FeatureSet : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> features = [];

        public void Set<T>(T instance) => features[typeof(T)] = instance!;

        public T? Get<T>() => features.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => features.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

internal static class TraceExtensions
{
    public static void Trace(this FunctionContext context, string step)
    {
        var trace = ((BareFunctionContext)context).Traced();
        trace.Add(step);
        context.Items["trace"] = trace;
    }
}
