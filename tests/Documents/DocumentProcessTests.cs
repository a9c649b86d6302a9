using System.Diagnostics;
using System.Text;

namespace Assay;

/// <summary>Work on documents in processes of its own, which are held to their budget.</summary>
public sealed class DocumentProcessTests : IDisposable
{
    private static readonly DocumentProgram Program =
        new(Path.Combine(AppContext.BaseDirectory, "Assay.Functions.dll"));

    private static readonly WorkBudget Ample = new(TimeSpan.FromMinutes(2), 512);

    private static readonly string Costly = Shapes.Repeat("<ul><li>a", 24_000_000);

    private readonly DocumentProcesses processes = new(Program, TimeProvider.System);

    public void Dispose() => processes.Dispose();

    [Fact]
    public async Task A_process_reads_one_page_after_another()
    {
        var first = await ExtractAsync("<title>One</title><h1>Größe 👍</h1>", Ample);
        var process = Assert.Single(processes.Idle);
        var second = await ExtractAsync("<p></p>", Ample);

        Assert.Equal(
            new Extraction.Extracted(new("# Größe 👍\n", TextLayout.Markdown, FileType.Html, "One")), first);
        Assert.Equal(RejectionCode.Empty, Assert.IsType<Extraction.Rejected>(second).Code);
        Assert.Equal(process, Assert.Single(processes.Idle));
    }

    [Fact]
    public async Task A_process_cuts_a_text_as_this_one_does()
    {
        var text = Shapes.Repeat("# Heading\nSome text below it. And more.\n\n## Sub\n我们喜欢吃苹果\n", 40_000);
        var settings = new ChunkSettings(64, 16, TokenEncoding.O200k);

        var cut = await processes.RunAsync(
            new CuttingRequest(text, TextLayout.Markdown, settings), CuttingRequest.ReadAnswer, Ample, default);

        Assert.Equivalent(Chunker.Split(text, TextLayout.Markdown, settings), cut);
    }

    [Fact]
    public async Task Work_that_takes_too_much_processor_time_is_ended()
    {
        var costly = await Assert.ThrowsAsync<TooCostlyException>(
            () => ExtractAsync(Costly, Ample with { Time = TimeSpan.FromSeconds(0.5) }));

        Assert.Equal("It takes more than 0.5 s of processor time.", costly.Message);
        Assert.Empty(processes.Idle);
        Assert.IsType<Extraction.Extracted>(await ExtractAsync("<p>next", Ample));
    }

    [Fact]
    public async Task Work_that_takes_too_much_memory_is_ended()
    {
        var costly = await Assert.ThrowsAsync<TooCostlyException>(
            () => ExtractAsync(Shapes.Repeat("word ", 24_000_000), Ample with { Megabytes = 64 }));

        Assert.Equal("It takes more than 64 MB of memory.", costly.Message);
        Assert.IsType<Extraction.Extracted>(await ExtractAsync("<p>next", Ample));
    }

    [Fact]
    public async Task Work_whose_process_is_killed_is_done_again_by_another()
    {
        await ExtractAsync("<p>first", Ample);
        using var process = Process.GetProcessById(Assert.Single(processes.Idle));
        process.Kill();
        await process.WaitForExitAsync();

        Assert.IsType<Extraction.Extracted>(await ExtractAsync("<p>next", Ample));
    }

    [Fact]
    public async Task Work_that_breaks_every_process_is_given_up()
    {
        using var broken = new DocumentProcesses(
            new DocumentProgram(Path.Combine(AppContext.BaseDirectory, "no.dll")), TimeProvider.System);

        await Assert.ThrowsAsync<TooCostlyException>(() => broken.RunAsync(
            Request("<p>a"), ExtractionRequest.ReadAnswer, Ample, default));
    }

    [Fact]
    public async Task Work_that_nobody_waits_for_any_more_is_ended()
    {
        using var cancel = new CancellationTokenSource();
        var work = processes.RunAsync(
            Request(Costly), ExtractionRequest.ReadAnswer, Ample, cancel.Token);
        cancel.CancelAfter(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }

    [Fact]
    public async Task Processes_end_when_there_was_nothing_to_do()
    {
        await ExtractAsync("<p>a", Ample);
        using var process = Process.GetProcessById(Assert.Single(processes.Idle));

        processes.EndIdle(TimeSpan.FromHours(1));
        Assert.Single(processes.Idle);
        processes.EndIdle(TimeSpan.Zero);

        Assert.Empty(processes.Idle);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_process_ends_with_its_input()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Program.Path, DocumentProgram.Argument },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;

        process.StandardInput.Close();

        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, process.ExitCode);
    }

    private Task<Extraction> ExtractAsync(string page, WorkBudget budget) =>
        processes.RunAsync(Request(page), ExtractionRequest.ReadAnswer, budget, default);

    private static ExtractionRequest Request(string page) => new(Encoding.UTF8.GetBytes(page), "page.html", null);
}
