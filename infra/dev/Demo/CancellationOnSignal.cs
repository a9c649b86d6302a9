using System.Runtime.InteropServices;

namespace Assay;

/// <summary>Canceled by Ctrl-C and by the SIGTERM with which ./dev ends what it started.</summary>
internal static class CancellationOnSignal
{
    private static readonly CancellationTokenSource Source = new();
    private static readonly PosixSignalRegistration[] Registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel),
    ];

    public static CancellationToken Token => Source.Token;

    private static void Cancel(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Source.Cancel();
    }
}
