namespace Microsoft.Azure.Functions.Worker;

public interface IFunctionActivator
{
    /// <summary>Creates the class that holds a function, from the invocation's services.</summary>
    object? CreateInstance(Type instanceType, FunctionContext context);
}
