using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

public sealed class DurableClientAttribute : InputBindingAttribute
{
    public DurableClientAttribute()
    {
    }

    /// <summary>The app's own task hub when null.</summary>
    public string? TaskHub { get; set; }

    public string? ConnectionName { get; set; }
}
