using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay;

/// <summary>
/// Reads in the compiled code of orchestrators whatever they could await: each call that gives a task, in them, their
/// lambdas, local functions, and the methods that they hand their context to.
/// </summary>
internal sealed class OrchestratorCode(Assembly assembly)
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
        | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly HashSet<MethodBase> read = [];
    private readonly SortedSet<string> faults = [];

    /// <summary>The orchestrators among the methods of some types.</summary>
    public static IReadOnlyList<MethodInfo> Of(IEnumerable<Type> types) =>
    [
        .. types.SelectMany(type => type.GetMethods(All)).Where(method => method.GetParameters().Any(
            parameter => parameter.IsDefined(typeof(OrchestrationTriggerAttribute)))),
    ];

    /// <summary>What they get tasks from, other than their contexts.</summary>
    public static IReadOnlyCollection<string> FaultsOf(IReadOnlyList<MethodInfo> orchestrators)
    {
        var faults = new SortedSet<string>();
        foreach (var orchestrator in orchestrators)
        {
            var code = new OrchestratorCode(orchestrator.Module.Assembly);
            code.Read(orchestrator);
            faults.UnionWith(code.faults.Select(fault => $"{orchestrator.Name}: {fault}"));
        }
        return faults;
    }

    private void Read(MethodBase method)
    {
        if (!read.Add(method))
            return;
        // What is async has its code in a type of its own, and so has what yields.
        if (method.GetCustomAttribute<StateMachineAttribute>() is { } machine)
            Read(machine.StateMachineType.GetMethod("MoveNext", All)!);
        else
            foreach (var called in CallsOf(method))
                Look(called);
    }

    private void Look(MethodBase called)
    {
        var isOurs = called.Module.Assembly == assembly;
        if (isOurs && called.Name.Contains('<', StringComparison.Ordinal))
            Read(called);
        else if (!GivesTask(called) || IsOfContext(called))
            return;
        else if (isOurs && called.GetParameters().Any(parameter => IsContext(parameter.ParameterType)))
            Read(called);
        else
            faults.Add($"{called.DeclaringType!.Name}.{called.Name}");
    }

    private bool IsOfContext(MethodBase called) =>
        IsContext(called.DeclaringType!)
        || (called.DeclaringType == typeof(Task)
            && called.Name is nameof(Task.WhenAll) or nameof(Task.WhenAny) or nameof(Task.FromResult)
                or "get_CompletedTask")
        || (called.Module.Assembly != assembly
            && called.GetParameters().Any(parameter => IsContext(parameter.ParameterType)));

    private static bool IsContext(Type type) => type.IsAssignableTo(typeof(TaskOrchestrationContext));

    // Where a type parameter is returned, as by a list, the task was made elsewhere.
    private static bool GivesTask(MethodBase called) =>
        called.Module.ResolveMethod(called.MetadataToken) is MethodInfo { ReturnType: var type }
        && !type.IsGenericParameter && type.GetMethod("GetAwaiter", Type.EmptyTypes) is not null;

    // Also what only becomes a delegate.
    private static IEnumerable<MethodBase> CallsOf(MethodBase method)
    {
        var il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            short value = il[at++];
            if (value == 0xfe)
                value = unchecked((short)(0xfe00 | il[at++]));
            var code = Codes[value];
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineTok
                && method.Module.ResolveMember(BitConverter.ToInt32(il, at), ofType, ofMethod) is MethodBase called)
                yield return called;
            at += LengthOf(code.OperandType, il, at);
        }
    }

    private static int LengthOf(OperandType type, byte[] il, int at) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
        _ => 4,
    };
}
