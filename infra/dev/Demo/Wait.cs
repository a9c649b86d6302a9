namespace Assay;

internal static class Wait
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(150);

    /// <summary>Asks until the answer is final, at most for <paramref name="timeMax"/>.</summary>
    public static async Task<T> ForAsync<T>(
        string what, TimeSpan timeMax, Func<Task<T>> ask, Predicate<T> isFinal, CancellationToken cancellation)
    {
        var deadline = DateTimeOffset.UtcNow + timeMax;
        while (true)
        {
            var answer = await ask();
            if (isFinal(answer))
                return answer;
            if (DateTimeOffset.UtcNow > deadline)
                throw new DemoException($"{what} has not ended after {timeMax.TotalSeconds:0} s. See ./dev logs.");
            await Task.Delay(Step, cancellation);
        }
    }
}
