using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>
/// Calls a function's method on an object built from the invocation's services, and awaits what it returns.
/// </summary>
internal sealed class FunctionCall
{
    private static readonly MethodInfo awaitTask = Own(nameof(AwaitTaskAsync));
    private static readonly MethodInfo awaitValueTask = Own(nameof(AwaitValueTaskAsync));

    private readonly MethodInvoker invoker;
    private readonly ObjectFactory? factory;
    private readonly Type type;
    private readonly Func<object?, ValueTask<object?>> complete;

    public FunctionCall(MethodInfo method)
    {
        invoker = MethodInvoker.Create(method);
        type = method.DeclaringType!;
        factory = method.IsStatic ? null : ActivatorUtilities.CreateFactory(type, []);
        (ResultType, complete) = Completion(method.ReturnType);
    }

    /// <summary>What the method returns once awaited; <c>void</c> if nothing.</summary>
    public Type ResultType { get; }

    /// <param name="activator">The app's own way to construct, if it has one.</param>
    public async ValueTask<object?> InvokeAsync(
        FunctionContext context, IFunctionActivator? activator, object?[] arguments)
    {
        var target = factory is null ? null
            : activator is null ? factory(context.InstanceServices, null)
            : activator.CreateInstance(type, context);
        return await complete(invoker.Invoke(target, arguments.AsSpan()));
    }

    private static (Type, Func<object?, ValueTask<object?>>) Completion(Type returned)
    {
        if (returned == typeof(void))
            return (typeof(void), static _ => ValueTask.FromResult<object?>(null));
        if (returned == typeof(Task))
            return (typeof(void), AwaitTaskAsync);
        if (returned == typeof(ValueTask))
            return (typeof(void), AwaitValueTaskAsync);
        if (returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(Task<>))
            return Awaiting(awaitTask, returned);
        if (returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(ValueTask<>))
            return Awaiting(awaitValueTask, returned);
        return (returned, ValueTask.FromResult);
    }

    private static (Type, Func<object?, ValueTask<object?>>) Awaiting(MethodInfo method, Type returned)
    {
        var result = returned.GetGenericArguments()[0];
        return (result, method.MakeGenericMethod(result).CreateDelegate<Func<object?, ValueTask<object?>>>());
    }

    private static async ValueTask<object?> AwaitTaskAsync(object? task)
    {
        await (Task)task!;
        return null;
    }

    private static async ValueTask<object?> AwaitValueTaskAsync(object? task)
    {
        await (ValueTask)task!;
        return null;
    }

    private static async ValueTask<object?> AwaitTaskAsync<T>(object? task) => await (Task<T>)task!;

    private static async ValueTask<object?> AwaitValueTaskAsync<T>(object? task) => await (ValueTask<T>)task!;

    [SuppressMessage("Trimming", "IL2060", Justification = "The host is not trimmed.")]
    private static MethodInfo Own(string name) => typeof(FunctionCall)
        .GetMethods(BindingFlags.NonPublic | BindingFlags.Static)
        .Single(method => method.Name == name && method.IsGenericMethod);
}
