using Microsoft.Extensions.AI;

namespace Assay;

/// <summary>The configured model; <see cref="Client"/> is null when there is none.</summary>
internal sealed record ChatModel(IChatClient? Client, string Name)
{
    public static readonly ChatModel None = new(null, "");
}
