using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;

namespace Assay;

/// <summary>Finds the organization that a request acts for. Answers are remembered for ten seconds.</summary>
public sealed class OrganizationDirectory(Database database, IMemoryCache cache)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    /// <summary>The organization with this slug, or null.</summary>
    public Task<Guid?> FindBySlugAsync(string slug, CancellationToken cancellation) =>
        RememberAsync(("slug", slug), () => database.FindAsync<Guid?>(
            "select id from ops.organization where slug = @slug", new { slug }, cancellation));

    /// <summary>The slug of an organization, which is also its folder in the inbox.</summary>
    public Task<string> FindSlugAsync(Guid id, CancellationToken cancellation) => database.ValueAsync<string>(
        "select slug from ops.organization where id = @id", new { id }, cancellation);

    /// <summary>The organization of a live API key, or null. Only the key's SHA-256 leaves this process.</summary>
    public Task<Guid?> FindByApiKeyAsync(string key, CancellationToken cancellation)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        return RememberAsync(("key", Convert.ToHexString(hash)), () => database.FindAsync<Guid?>(
            "select organization_id from ops.authenticate_api_key(@hash)", new { hash }, cancellation));
    }

    // What is not found is not remembered: a caller may create it the next moment, and guesses must not fill memory.
    private async Task<Guid?> RememberAsync((string, string) key, Func<Task<Guid?>> find)
    {
        if (cache.TryGetValue(key, out Guid known))
            return known;
        if (await find() is not { } found)
            return null;
        return cache.Set(key, found, Remembered);
    }
}
