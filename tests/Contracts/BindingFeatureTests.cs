using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Context.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class BindingFeatureTests
{
    private readonly Bindings bindings = new();
    private readonly BareFunctionContext context = new(new ServiceCollection().BuildServiceProvider());

    public BindingFeatureTests() => context.Features.Set<IFunctionBindingsFeature>(bindings);

    [Fact]
    public void Middleware_can_replace_the_result()
    {
        bindings.InvocationResult = "first";

        var result = context.GetInvocationResult<string>();
        Assert.Equal("first", result.Value);

        result.Value = "second";
        Assert.Equal("second", context.GetInvocationResult().Value);
    }

    [Fact]
    public void A_result_of_another_type_is_a_mistake_that_names_both()
    {
        bindings.InvocationResult = "text";
        var wrong = Assert.Throws<InvalidOperationException>(() => context.GetInvocationResult<int>());
        Assert.Contains("System.Int32", wrong.Message);
        Assert.Contains("System.String", wrong.Message);

        bindings.InvocationResult = null;
        Assert.Throws<InvalidOperationException>(() => context.GetInvocationResult<string>());
    }

    [Fact]
    public async Task Middleware_can_replace_an_input()
    {
        var input = await context.BindInputAsync<string>(new Binding());
        Assert.Equal("bound name", input.Value);

        input.Value = "replaced";
        Assert.Equal("replaced", bindings.Inputs["name"]);
    }

    [Fact]
    public void An_invocation_without_a_host_says_so() =>
        Assert.Throws<InvalidOperationException>(
            () => new BareFunctionContext(context.InstanceServices).GetInvocationResult());

    private sealed class Binding : BindingMetadata
    {
        public override string Name => "name";

        public override string Type => "httpTrigger";

        public override BindingDirection Direction => BindingDirection.In;
    }

    private sealed class Bindings : IFunctionBindingsFeature
    {
        public Dictionary<string, object?> Inputs { get; } = [];

        public object? InvocationResult { get; set; }

        public IDictionary<string, object?> OutputBindingData { get; } = new Dictionary<string, object?>();

        public ValueTask<object?> BindInputAsync(BindingMetadata binding, Type targetType) =>
            new($"bound {binding.Name}");

        public void SetInput(BindingMetadata binding, object? value) => Inputs[binding.Name] = value;
    }
}
