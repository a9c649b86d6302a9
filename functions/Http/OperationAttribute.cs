namespace Assay;

/// <summary>What a route asks of its caller, takes and answers. Every HTTP function has one.</summary>
/// <param name="permission">One of <see cref="Permissions"/>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(string permission) : Attribute
{
    public string Permission { get; } = permission;
}
