using System.Diagnostics;

namespace Assay;

/// <summary>Waits for what happens elsewhere: by asking again and again, up to a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Returns the first answer that is not null.</summary>
    /// <param name="failure">What to say when the deadline passes, such as "The run never finished."</param>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> ask, TimeSpan? within, Func<string> failure)
        where T : class
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (await ask() is { } answer)
                return answer;
            if (waited.Elapsed > (within ?? Deadline))
                throw new TimeoutException($"{failure()} Waited {waited.Elapsed.TotalSeconds:0.0} s.");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Returns once the condition holds.</summary>
    /// <param name="failure">What to say when the deadline passes.</param>
    public static Task TrueAsync(Func<Task<bool>> condition, TimeSpan? within, Func<string> failure) =>
        GetAsync(async () => await condition() ? "" : null, within, failure);
}
