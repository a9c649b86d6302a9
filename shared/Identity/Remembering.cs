using Microsoft.Extensions.Caching.Memory;

namespace Assay;

internal static class Remembering
{
    /// <summary>
    /// What was found is remembered for a while. What was not found is not: a caller may create it the next moment,
    /// and guesses must not fill memory.
    /// </summary>
    public static async Task<T?> RememberAsync<T>(
        this IMemoryCache cache, object key, TimeSpan lifetime, Func<Task<T?>> find)
    {
        if (cache.TryGetValue(key, out T? known))
            return known;
        return await find() is { } found ? cache.Set(key, found, lifetime) : default;
    }
}
