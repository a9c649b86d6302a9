namespace Microsoft.DurableTask.Client;

public interface IDurableTaskClientProvider
{
    /// <param name="name">The default client when null.</param>
    DurableTaskClient GetClient(string? name = null);
}
