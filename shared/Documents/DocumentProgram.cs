using System.Runtime;

namespace Assay;

/// <summary>
/// The program of a process that does work on documents for another one, which can limit it and end it: requests come
/// in by standard input, one at a time, answers go out by standard output. It ends with its standard input, so that it
/// never outlives the process that started it.
/// </summary>
/// <param name="Path">The assembly to start.</param>
public sealed record DocumentProgram(string Path)
{
    /// <summary>The argument that makes the app this program.</summary>
    public const string Argument = "documents";

    private const int StackBytes = 16 * 1024 * 1024;

    public static void Run()
    {
        using var input = new BufferedStream(Console.OpenStandardInput(), DocumentWire.BufferBytes);
        using var output = new BufferedStream(Console.OpenStandardOutput(), DocumentWire.BufferBytes);
        // What a library writes for people must not get among the answers.
        Console.SetOut(Console.Error);

        // Work goes on beside, so that the end of the input is seen at once, and ends it.
        while (DocumentWire.TryReadRequest(input) is { } request)
            new Thread(() => Answer(request, output), StackBytes) { IsBackground = true }.Start();
    }

    private static void Answer(DocumentRequest request, Stream output)
    {
        try
        {
            var answer = request.Work();
            DocumentWire.WriteDone(output, answer);
        }
        catch (OutOfMemoryException)
        {
            DocumentWire.WriteOutOfMemory(output);
        }
        catch (Exception fault) when (fault is not IOException)
        {
            DocumentWire.WriteFault(output, fault);
        }

        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect();
    }
}
