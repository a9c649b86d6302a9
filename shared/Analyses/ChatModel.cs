using Microsoft.Extensions.AI;

namespace Assay;

/// <summary>The configured model; <see cref="Client"/> is null when there is none.</summary>
/// <param name="Provider">By its name in <c>ops.provider</c>.</param>
internal sealed record ChatModel(IChatClient? Client, string Provider, string Name)
{
    public static readonly ChatModel None = new(null, "built-in", "");
}
