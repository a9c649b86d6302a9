using System.Text;

namespace Assay.Bench;

/// <summary>Texts as files that peers can read, gone afterwards.</summary>
internal sealed class TextFiles : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("assay-bench-");

    public string Add(string text)
    {
        var file = Path.Combine(folder.FullName, $"{Guid.NewGuid():n}.txt");
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>MB of UTF-8 per second of each, then how many times faster the first is than each other.</summary>
    public static string[] Rates(string text, double[] seconds)
    {
        var megabytes = Encoding.UTF8.GetByteCount(text) / 1e6;
        return
        [
            .. seconds.Select(time => Measure.Show(megabytes / time)),
            .. seconds[1..].Select(time => Measure.ShowRatio(time / seconds[0])),
        ];
    }

    public void Dispose() => folder.Delete(recursive: true);
}
