using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// Functions must compile unchanged against the real packages, so nothing public under a real namespace may differ
/// from the listings of their public API in infra/local/api-surface.
/// </summary>
public sealed partial class SurfaceTests
{
    // What a type that we have may lack of the listed members.
    private static readonly string[] LeftOut =
    [
        // Parts of the worker's own pipeline, which the local host does not have.
        "Microsoft.Extensions.Hosting.MiddlewareWorkerApplicationBuilderExtensions.UseDefaultWorkerMiddleware(",
        "Microsoft.Extensions.Hosting.MiddlewareWorkerApplicationBuilderExtensions.UseFunctionExecutionMiddleware(",
        "Microsoft.Extensions.Hosting.MiddlewareWorkerApplicationBuilderExtensions.UseOutputBindingsMiddleware(",

        // Only some versions of the Durable extension have these; functions may use what all have.
        "DurableTaskClientExtensions.WaitForCompletionOrCreateCheckStatusResponseAsync(",
        "Microsoft.DurableTask.TaskOrchestrationContextExtensionMethods.CallHttpAsync(",
        "Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http.DurableHttpRequest.DurableHttpRequest(",
    ];

    private static readonly Assembly[] Assemblies =
        [typeof(FunctionContext).Assembly, Assembly.Load("Assay.Local.Host")];

    public static TheoryData<string> Types()
    {
        var names = new TheoryData<string>();
        foreach (var type in OurTypes())
            names.Add(type.FullName!);
        return names;
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_public_member_is_one_of_the_real_packages(string typeName)
    {
        var listed = Listed().Select(Normalize).ToHashSet();
        var type = OurTypes().Single(type => type.FullName == typeName);

        var unknown = SurfaceRenderer.Lines(type).Where(line => !listed.Contains(Normalize(line))).ToList();

        Assert.True(unknown.Count == 0, "Not in infra/local/api-surface:\n" + string.Join('\n', unknown));
    }

    [Fact]
    public void No_type_lacks_a_real_member_without_a_reason()
    {
        var types = OurTypes().Select(SurfaceRenderer.TypeName).ToHashSet();
        var ours = OurTypes().SelectMany(SurfaceRenderer.Lines).Select(Normalize).ToHashSet();

        var missing = Listed()
            .Where(line => types.Any(type => IsMember(line, type)))
            .Where(line => !ours.Contains(Normalize(line)))
            .Where(line => !LeftOut.Any(line.Contains))
            .ToList();

        Assert.True(missing.Count == 0, "In infra/local/api-surface but not here:\n" + string.Join('\n', missing));
    }

    [Fact]
    public void The_renderer_sees_what_the_listings_see()
    {
        // A renderer that lost members would make the other tests pass on anything.
        var lines = OurTypes().SelectMany(SurfaceRenderer.Lines).ToList();

        Assert.Contains(
            "static Microsoft.DurableTask.Pageable.Create<T>(" +
            "System.Func<string?, System.Threading.CancellationToken, " +
            "System.Threading.Tasks.Task<Microsoft.DurableTask.Page<T>!>!>! pageFunc) -> " +
            "Microsoft.DurableTask.AsyncPageable<T>! where T : notnull",
            lines);
        Assert.Contains(
            "Microsoft.Azure.Functions.Worker.TimerTriggerAttribute -- sealed class : " +
            "Microsoft.Azure.Functions.Worker.Extensions.Abstractions.TriggerBindingAttribute " +
            "[AttributeUsage(Parameter, AllowMultiple=false, Inherited=true) " +
            "/*inherited from TriggerBindingAttribute*/] [BindingCapabilities({\"FunctionLevelRetry\"})]",
            lines);
        Assert.True(lines.Count > 800, $"Only {lines.Count} lines were rendered.");
    }

    private static IEnumerable<Type> OurTypes() => Assemblies
        .SelectMany(assembly => assembly.GetExportedTypes())
        .Where(type => type.Namespace is { } space
            && (space.StartsWith("Microsoft.", StringComparison.Ordinal)
                || space.StartsWith("DurableTask.", StringComparison.Ordinal)));

    private static IEnumerable<string> Listed([CallerFilePath] string thisFile = "") => Directory
        .EnumerateFiles(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../infra/local/api-surface"), "*.txt")
        .SelectMany(File.ReadLines)
        .Where(line => line.Length > 0 && line[0] != '#');

    private static bool IsMember(string line, string type) =>
        Modifiers().Replace(line, "").StartsWith(type + ".", StringComparison.Ordinal);

    /// <summary>Takes away what two compilers, or two frameworks, write differently for the same source.</summary>
    private static string Normalize(string line)
    {
        // These attributes name converters inside the real worker's own binding pipeline.
        line = WorkerConverters().Replace(line, "");

        // A record's copy method is covariant on .NET and not on .NET Standard.
        if (line.Contains("<Clone>$", StringComparison.Ordinal))
            return line[..line.IndexOf(" -> ", StringComparison.Ordinal)];

        // What the compiler writes into a record struct is annotated only where the framework's own types are.
        if (RecordStructMember().IsMatch(line))
            return line.Replace("!", "", StringComparison.Ordinal).Replace("?", "", StringComparison.Ordinal);

        // Interfaces have no order.
        var (head, tail) = Split(line, " -- ");
        var (kind, bases) = Split(tail, " : ");
        var end = bases.IndexOf(" [", StringComparison.Ordinal) is var attributes and >= 0 ? attributes
            : bases.IndexOf(" where ", StringComparison.Ordinal) is var where and >= 0 ? where
            : bases.Length;
        var sorted = string.Join(", ", TopLevelComma().Split(bases[..end]).Order(StringComparer.Ordinal));
        return head + tail[..kind.Length] + sorted + bases[end..];
    }

    private static (string Head, string Tail) Split(string text, string separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is var at and >= 0
            ? (text[..at], text[(at + separator.Length)..])
            : (text, "");

    [GeneratedRegex(@"^((static|readonly|const|abstract|virtual|override|sealed|protected) )+")]
    private static partial Regex Modifiers();

    [GeneratedRegex(@" \[(InputConverter|ConverterFallbackBehavior)\([^\]]*\)\]")]
    private static partial Regex WorkerConverters();

    [GeneratedRegex(@"\.(EntityInstanceId|CleanEntityStorageRequest|CleanEntityStorageResult)\.(Equals|ToString)\(")]
    private static partial Regex RecordStructMember();

    [GeneratedRegex(@", (?![^<]*>)")]
    private static partial Regex TopLevelComma();
}
