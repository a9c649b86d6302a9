namespace Microsoft.Azure.Functions.Worker.Extensions.DurableTask;

/// <summary>Implemented by the host's orchestration context, which runs inside a function invocation.</summary>
internal interface IFunctionOrchestrationContext
{
    FunctionContext? FunctionContext { get; }
}
