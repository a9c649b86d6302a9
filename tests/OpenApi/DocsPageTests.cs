using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Assay;

public sealed class DocsPageTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> complaints = new();
    private AssayApp app = null!;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async Task InitializeAsync()
    {
        if (NeedsChromiumFactAttribute.Chromium is null)
            return;
        app = await AssayApp.StartAsync();
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = NeedsChromiumFactAttribute.Chromium,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
        if (app is not null)
            await app.DisposeAsync();
    }

    [NeedsChromiumFact]
    public async Task A_browser_shows_every_operation_and_a_form_for_the_one_in_the_address()
    {
        var routes = RouteTable.Read(typeof(RouteTable).Assembly).Routes.ToList();

        var page = await OpenAsync("CreateAnalysis");

        await Assertions.Expect(page.Locator("#count")).ToHaveTextAsync($"{routes.Count} of {routes.Count} operations");
        var shown = await page.Locator("details.operation").EvaluateAllAsync<string[]>("all => all.map(one => one.id)");
        Assert.Equal(routes.Select(route => route.Name).Order(), shown.Order());
        var opened = page.Locator("#CreateAnalysis");
        await Assertions.Expect(opened).ToContainTextAsync("Idempotency-Key");
        await Assertions.Expect(opened).ToContainTextAsync("You are a support assistant.");
        await Assertions.Expect(opened.GetByRole(AriaRole.Button, new() { Name = "Send" })).ToBeVisibleAsync();
        Assert.Empty(complaints);
    }

    [NeedsChromiumFact]
    public async Task What_is_searched_for_is_shown_and_a_form_sends_and_shows_the_answer()
    {
        var page = await OpenAsync("");

        await page.Locator("#search").FillAsync("the process answers");
        await Assertions.Expect(page.Locator("details.operation:visible")).ToHaveCountAsync(1);
        await page.Locator("#Health summary").ClickAsync();
        await page.Locator("#Health").GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        var answer = page.Locator("#Health").GetByRole(AriaRole.Status);
        await Assertions.Expect(answer).ToContainTextAsync("200 OK");
        await Assertions.Expect(answer).ToContainTextAsync("\"status\": \"ok\"");
        Assert.Empty(complaints);
    }

    private async Task<IPage> OpenAsync(string operation)
    {
        var page = await browser!.NewPageAsync();
        // Of a broken script, a policy that was violated, or something that could not be fetched.
        page.PageError += (_, error) => complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                complaints.Enqueue(message.Text);
        };
        await page.GotoAsync($"{app.Address}api/docs#{operation}");
        return page;
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
