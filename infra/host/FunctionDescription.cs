using System.Security.Cryptography;
using System.Text;
using Assay.Hosting.Rpc;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Assay.Hosting;

/// <summary>A function as its worker describes it. Its bindings are JSON of the shape that extensions know.</summary>
internal sealed class FunctionDescription
{
    private FunctionDescription(RpcFunctionMetadata metadata)
    {
        Metadata = metadata;
        Bindings = [.. metadata.RawBindings.Select(Parse)];
        Trigger = Bindings.FirstOrDefault(one => TypeOf(one).EndsWith("trigger", StringComparison.OrdinalIgnoreCase));
        if (Trigger is null)
            Error = "The function has no trigger.";
    }

    public RpcFunctionMetadata Metadata { get; }

    public string Id => Metadata.FunctionId;

    public string Name => Metadata.Name;

    public IReadOnlyList<JObject> Bindings { get; }

    public JObject? Trigger { get; }

    /// <summary>Why it cannot run, or null.</summary>
    public string? Error { get; set; }

    public bool IsHttp => IsTriggeredBy("httpTrigger");

    /// <summary>Its results go to an orchestration, through the value that its invocation returns.</summary>
    public bool IsDurable =>
        IsTriggeredBy("orchestrationTrigger") || IsTriggeredBy("activityTrigger") || IsTriggeredBy("entityTrigger");

    /// <summary>What is bound beside the trigger before the function runs.</summary>
    public IEnumerable<JObject> Inputs => Bindings.Where(one => one != Trigger && DirectionOf(one) != "out");

    public IEnumerable<JObject> Outputs => Bindings.Where(one => DirectionOf(one) == "out" && TypeOf(one) != "http");

    public string Route => ((string?)Trigger?["route"] is { Length: > 0 } route ? route : Name).Trim('/');

    public IReadOnlyList<string> Methods => Trigger?["methods"] is JArray methods
        ? [.. methods.Select(one => ((string)one!).ToUpperInvariant())] : [];

    public string AuthLevel => ((string?)Trigger?["authLevel"] ?? "function").ToLowerInvariant();

    public static IReadOnlyList<FunctionDescription> From(
        IEnumerable<RpcFunctionMetadata> metadata, HostSettings settings)
    {
        FunctionDescription[] functions = [.. metadata.Where(one => !settings.IsDisabled(one.Name))
            .Select(one => new FunctionDescription(one))];
        foreach (var function in functions)
        {
            // The same id in every worker, so that an invocation can go to any.
            if (function.Id.Length == 0)
                function.Metadata.FunctionId =
                    Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(function.Name)))[..32];
            foreach (var binding in function.Bindings)
                function.Metadata.Bindings[NameOf(binding)] = InfoOf(binding);
            if (function.IsHttp && IsReserved(function.Route))
                function.Error ??= "The specified route conflicts with one or more built in routes.";
        }

        return functions;
    }

    public static string TypeOf(JObject binding) => (string?)binding["type"] ?? "";

    public static bool Is(JObject binding, string type) =>
        string.Equals(TypeOf(binding), type, StringComparison.OrdinalIgnoreCase);

    public static string NameOf(JObject binding) => (string?)binding["name"] ?? "";

    public static string DirectionOf(JObject binding) => ((string?)binding["direction"] ?? "in").ToLowerInvariant();

    /// <summary>The worker makes the value itself, from where it is.</summary>
    public static bool IsDeferred(JObject binding) => string.Equals(
        (string?)binding["properties"]?["supportsDeferredBinding"], "true", StringComparison.OrdinalIgnoreCase);

    private static bool IsReserved(string route) =>
        route.StartsWith("admin", StringComparison.OrdinalIgnoreCase)
        || route.StartsWith("runtime", StringComparison.OrdinalIgnoreCase);

    private static JObject Parse(string raw) => JsonConvert.DeserializeObject<JObject>(
        raw, new JsonSerializerSettings { DateParseHandling = DateParseHandling.None })!;

    private static BindingInfo InfoOf(JObject binding)
    {
        var direction = Enum.Parse<BindingInfo.Types.Direction>(DirectionOf(binding), ignoreCase: true);
        var info = new BindingInfo { Type = TypeOf(binding), Direction = direction };
        foreach (var property in (binding["properties"] as JObject)?.Properties() ?? [])
            info.Properties[property.Name] = $"{property.Value}";
        return info;
    }

    private bool IsTriggeredBy(string type) => Trigger is not null && Is(Trigger, type);
}
