using Microsoft.Extensions.Caching.Memory;

namespace Assay;

/// <summary>Organizations by their slugs, for what comes without a credential.</summary>
public sealed class OrganizationDirectory(Database database, IMemoryCache cache)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    /// <summary>The organization with this slug, or null.</summary>
    public Task<Guid?> FindBySlugAsync(string slug, CancellationToken cancellation) =>
        cache.RememberAsync(("organization", slug), Remembered, () => database.FindAsync<Guid?>(
            "select ops.find_organization(@slug)", new { slug }, cancellation));
}
