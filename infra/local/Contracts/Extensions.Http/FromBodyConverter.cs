using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker.Extensions.Http.Converters;

/// <summary>Leaves the reading of the body to the feature that the host sets for an HTTP invocation.</summary>
internal sealed class FromBodyConverter : IInputConverter
{
    public async ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        if (context.FunctionContext.Features.Get<IFromBodyConversionFeature>() is not { } body)
        {
            return ConversionResult.Failed(
                new InvalidOperationException("[FromBody] needs a function that is triggered by HTTP."));
        }

        return ConversionResult.Success(await body.ConvertAsync(context.FunctionContext, context.TargetType));
    }
}
