using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Assay;

/// <summary>The XML documentation of the code, as text for those who call the API.</summary>
internal sealed partial class XmlComments
{
    private readonly Dictionary<string, XElement> members = [];

    /// <summary>Reads the files that the compiler wrote beside the assemblies.</summary>
    public XmlComments(params ReadOnlySpan<Assembly> assemblies)
    {
        foreach (var assembly in assemblies)
        {
            var file = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
            // Methods without their parameters: function names are unique.
            foreach (var member in file.Descendants("member"))
                members.TryAdd(member.Attribute("name")!.Value.Split('(')[0], member);
        }
    }

    public string? Of(Type type) => Text(Find($"T:{NameOf(type)}")?.Element("summary"));

    public string? Of(MethodInfo method) =>
        Text(Find($"M:{NameOf(method.DeclaringType!)}.{method.Name}")?.Element("summary"));

    /// <summary>Of a property: its own comment, or that of the parameter that it comes from.</summary>
    public string? Of(MemberInfo property)
    {
        var type = NameOf(property.DeclaringType!);
        return Text(Find($"P:{type}.{property.Name}")?.Element("summary")
            ?? Find($"T:{type}")?.Elements("param")
                .FirstOrDefault(param => (string?)param.Attribute("name") == property.Name));
    }

    private XElement? Find(string name) => members.GetValueOrDefault(name);

    private static string NameOf(Type type) =>
        (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static string? Text(XElement? element)
    {
        var text = WhiteSpace().Replace(string.Concat(element?.Nodes().Select(Text) ?? []), " ").Trim();
        return text.Length > 0 ? text : null;
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see => Last(see.Attribute("cref")?.Value ?? see.Value),
        XElement { Name.LocalName: "paramref" } name => (string)name.Attribute("name")!,
        // An example in code is for those who read the code.
        XElement { Name.LocalName: "code" } => "",
        XElement other => string.Concat(other.Nodes().Select(Text)),
        _ => "",
    };

    private static string Last(string reference) => reference.Split('(')[0].Split('.', ':')[^1];

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
