namespace Assay;

/// <summary>
/// What comparing texts may cost. It takes time by the square of what differs, and cannot be interrupted: so it is not
/// begun where there is too little left for the worst of it.
/// </summary>
/// <param name="cancellation">Checked each time that something is taken.</param>
public sealed class DiffBudget(CancellationToken cancellation)
{
    /// <summary>About two seconds.</summary>
    private long steps = 400_000_000;

    /// <summary>An answer tells of each line by itself.</summary>
    private int lines = 40_000;

    /// <summary>False when a text has more lines than may still be told of.</summary>
    public bool TryTakeLines(string before, string after)
    {
        var count = 2 + before.AsSpan().Count('\n') + after.AsSpan().Count('\n');
        if (count > lines)
            return false;
        lines -= count;
        return true;
    }

    /// <summary>False when so many pieces, of both texts together, are too many for what is left.</summary>
    public bool TryTake(int pieces)
    {
        cancellation.ThrowIfCancellationRequested();
        var cost = (long)pieces * pieces;
        if (cost > steps)
            return false;
        steps -= cost;
        return true;
    }
}
