using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Http.Converters;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class TriggerAttributeTests
{
    [Fact]
    public void An_http_trigger_needs_a_key_unless_it_says_otherwise()
    {
        Assert.Equal(AuthorizationLevel.Function, new HttpTriggerAttribute().AuthLevel);
        Assert.Equal(AuthorizationLevel.Anonymous, new HttpTriggerAttribute("get").AuthLevel);
        Assert.Equal(["get", "post"], new HttpTriggerAttribute(AuthorizationLevel.Admin, "get", "post").Methods!);
    }

    [Fact]
    public void A_timer_is_monitored_unless_it_says_otherwise()
    {
        Assert.True(new TimerTriggerAttribute("0 * * * * *").UseMonitor);
        Assert.False(new TimerTriggerAttribute("0 * * * * *").RunOnStartup);
    }

    [Theory]
    [InlineData("soon", "00:01:00")]
    [InlineData("00:00:01", "later")]
    [InlineData("-00:00:01", "00:01:00")]
    [InlineData("00:01:00", "00:00:01")]
    public void Retry_intervals_are_checked(string minimum, string maximum) =>
        Assert.ThrowsAny<ArgumentException>(() => new ExponentialBackoffRetryAttribute(3, minimum, maximum));

    [Fact]
    public void A_fixed_delay_is_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FixedDelayRetryAttribute(3, "-00:00:01"));
        Assert.Equal("00:00:10", new FixedDelayRetryAttribute(3, "00:00:10").DelayInterval);
    }

    [Fact]
    public void Only_converters_can_be_named_as_such()
    {
        Assert.Throws<InvalidOperationException>(() => new InputConverterAttribute(typeof(string)));
        Assert.True(typeof(IInputConverter).IsAssignableFrom(new FromBodyAttribute().ConverterType));
    }

    [Fact]
    public async Task From_body_leaves_the_reading_to_the_host()
    {
        var context = new BareFunctionContext(new ServiceCollection().BuildServiceProvider());
        var converter = (IInputConverter)Activator.CreateInstance(new FromBodyAttribute().ConverterType)!;

        var without = await converter.ConvertAsync(new Conversion(context));
        context.Features.Set<IFromBodyConversionFeature>(new Body());
        var with = await converter.ConvertAsync(new Conversion(context));

        Assert.Equal(ConversionStatus.Failed, without.Status);
        Assert.Equal("a System.Int32", with.Value);
    }

    private sealed class Body : IFromBodyConversionFeature
    {
        public ValueTask<object?> ConvertAsync(FunctionContext context, Type targetType) => new($"a {targetType}");
    }

    private sealed class Conversion(FunctionContext context) : ConverterContext
    {
        public override Type TargetType => typeof(int);

        public override object? Source => null;

        public override FunctionContext FunctionContext => context;

        public override IReadOnlyDictionary<string, object> Properties => new Dictionary<string, object>();
    }
}
