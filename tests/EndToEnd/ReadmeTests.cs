using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Runs the examples of the pages beside the code, on an app with the sample organizations: the blocks marked
/// <c>sh</c> of a page in one shell, then those marked <c>sql</c>. Lines that begin with <c>#</c> are what is answered
/// there, whatever its spaces, where <c>…</c> stands for anything.
/// </summary>
public sealed partial class ReadmeTests(SampleApp sample) : IClassFixture<SampleApp>
{
    public static TheoryData<string> Pages =>
    [
        .. Directory.EnumerateFiles(Repository.PathOf("shared"), "README.md", SearchOption.AllDirectories)
            .Select(page => Path.GetRelativePath(Repository.PathOf("."), page))
            .Where(page => Blocks(page).Any()).Order(),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_says_what_is_answered(string page)
    {
        Assert.DoesNotContain(Blocks(page), block => block.Language == "" && block.Text.Contains("curl "));
        var (script, answers) = Script(Blocks(page).Where(block => block.Language == "sh").Select(block => block.Text));

        var said = (await RunAsync(script)).Split('\u0001');

        Assert.Equal(answers.Count + 1, said.Length);
        foreach (var (answer, index) in answers.Select((answer, index) => (answer, index)))
            Assert.True(
                Pattern(answer).IsMatch(Spaces().Replace(said[index], "")), $"{page}: {answer}\n{said[index]}");
        foreach (var block in Blocks(page).Where(block => block.Language == "sql"))
            await sample.App.Database.ExecuteAsync(block.Text);
    }

    // Behind each command whose answer is on the page, the script writes a mark.
    private static (string Script, List<string> Answers) Script(IEnumerable<string> blocks)
    {
        var (script, answers, isAnswer) = (new StringBuilder(
            "set -euo pipefail; curl() { command curl --noproxy '*' --fail-with-body \"$@\"; }\n"),
            new List<string>(), false);
        foreach (var line in blocks.SelectMany(block => block.Split('\n')))
        {
            if (!line.StartsWith("# ", StringComparison.Ordinal))
                script.Append(line).Append('\n');
            else if (isAnswer)
                answers[^1] += line[2..];
            else
            {
                answers.Add(line[2..]);
                script.Append("printf '\\001'\n");
            }
            isAnswer = line.StartsWith("# ", StringComparison.Ordinal);
        }
        return ($"{script}", answers);
    }

    // Commands before it may have said something, too.
    private static Regex Pattern(string answer) => new(
        string.Join(".*?", Spaces().Replace(answer, "").Split('…').Select(Regex.Escape)) + @"\z",
        RegexOptions.Singleline, TimeSpan.FromSeconds(5));

    private async Task<string> RunAsync(string script)
    {
        var folder = Directory.CreateTempSubdirectory("assay-readme-");
        try
        {
            using var bash = Process.Start(new ProcessStartInfo(
                "bash", ["-c", script.Replace("http://127.0.0.1:7071", $"{sample.App.Address}".TrimEnd('/'))])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = bash.StandardError.ReadToEndAsync();
            var said = await bash.StandardOutput.ReadToEndAsync();
            await bash.WaitForExitAsync();
            Assert.True(bash.ExitCode == 0, $"{said}\n{await errors}");
            return said;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<(string Language, string Text)> Blocks(string page) =>
        Block().Matches(File.ReadAllText(Repository.PathOf(page)))
            .Select(block => (block.Groups["language"].Value, block.Groups["text"].Value));

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<text>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

/// <summary>An app with the organizations, people and keys that <c>./dev up</c> has.</summary>
public sealed class SampleApp : IAsyncLifetime
{
    public AssayApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        App = await AssayApp.StartAsync();
        await SampleSeed.ApplyAsync(App.Database.Administrator, clean: false, CancellationToken.None);
    }

    public async Task DisposeAsync() => await App.DisposeAsync();
}
