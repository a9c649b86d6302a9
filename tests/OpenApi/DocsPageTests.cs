using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Assay;

public sealed partial class DocsPageTests
{
    [NeedsChromiumFact]
    public async Task A_browser_shows_every_operation_and_a_form_for_the_one_in_the_address()
    {
        await using var app = await AssayApp.StartAsync();
        using var profile = new TemporaryFolder();
        var browser = Process.Start(new ProcessStartInfo(
            NeedsChromiumFactAttribute.Chromium!,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
                $"--user-data-dir={profile.Path}", "--virtual-time-budget=10000", "--dump-dom",
                $"{app.Address}api/docs#CreateAnalysis",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (shown, log) = (browser.StandardOutput.ReadToEndAsync(), browser.StandardError.ReadToEndAsync());
        await browser.WaitForExitAsync();

        var page = await shown;
        Assert.DoesNotMatch(Complaints(), await log);
        var routes = RouteTable.Read(typeof(RouteTable).Assembly).Routes.ToList();
        Assert.All(routes, route => Assert.Contains($"id=\"{route.Name}\"", page));
        Assert.Contains($"{routes.Count} of {routes.Count} operations", page);
        var opened = page[page.IndexOf("id=\"CreateAnalysis\"", StringComparison.Ordinal)..];
        Assert.Contains("Idempotency-Key", opened);
        Assert.Contains("You are a support assistant.", opened);
        Assert.Contains("Send</button>", opened);
    }

    // What a page's console says of a broken script or of a policy that was violated.
    [GeneratedRegex("Uncaught|Refused to|Content Security Policy")]
    private static partial Regex Complaints();

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("assay-browser-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}

/// <summary>Skipped where there is no Chromium; <c>./dev test</c> installs it as root on Debian and Ubuntu.</summary>
internal sealed class NeedsChromiumFactAttribute : FactAttribute
{
    public static readonly string? Chromium = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser" }
        .FirstOrDefault(File.Exists);

    public NeedsChromiumFactAttribute() =>
        Skip = Chromium is null ? "There is no Chromium: install the package chromium." : null;
}
