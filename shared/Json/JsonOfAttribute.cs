namespace Assay;

/// <summary>
/// On a member that carries JSON as Postgres gave it: whose JSON that is. The API's description shows that type.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class JsonOfAttribute(Type type) : Attribute
{
    public Type Type { get; } = type;
}
