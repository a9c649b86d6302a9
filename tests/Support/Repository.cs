using System.Runtime.CompilerServices;

namespace Assay;

/// <summary>Files that tests read from the sources and not from the output.</summary>
internal static class Repository
{
    /// <param name="path">From the repository's root.</param>
    public static string PathOf(string path) => Path.GetFullPath(Path.Combine(ThisFolder(), "../..", path));

    private static string ThisFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
