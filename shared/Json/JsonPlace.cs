using System.Text;
using System.Text.Json;

namespace Assay;

/// <summary>Where a reader is in JSON. It costs nothing until it is asked for a path.</summary>
/// <param name="levels">As many as there may be objects and arrays within each other.</param>
internal ref struct JsonPlace(ReadOnlySpan<byte> json, Span<JsonPlace.Level> levels)
{
    /// <summary>The most characters of a name that a path shows.</summary>
    private const int NameMax = 100;

    private readonly ReadOnlySpan<byte> json = json;
    private readonly Span<Level> levels = levels;
    private int depth;

    /// <summary>An object or array that is open.</summary>
    /// <param name="Count">The members or items that have begun.</param>
    /// <param name="Name">Where the present member's name is, with its quotes.</param>
    internal record struct Level(bool IsArray, int Count, int Name, int NameLength);

    /// <summary>The members or items so far of the innermost object or array.</summary>
    public readonly int Count => depth == 0 ? 0 : levels[depth - 1].Count;

    public readonly string Kind => levels[depth - 1].IsArray ? "items" : "members";

    /// <summary>False when it is too deep.</summary>
    public bool TryOpen(bool isArray)
    {
        if (depth == levels.Length)
            return false;
        levels[depth++] = new(isArray, 0, 0, 0);
        return true;
    }

    public void Leave() => depth--;

    public readonly void EnterMember(long nameStart, int nameLength)
    {
        ref var level = ref levels[depth - 1];
        level = level with { Count = level.Count + 1, Name = (int)nameStart, NameLength = nameLength + 2 };
    }

    /// <summary>Begins a value; those of members have begun with their names.</summary>
    public readonly void EnterItem()
    {
        if (depth > 0 && levels[depth - 1].IsArray)
            levels[depth - 1].Count++;
    }

    /// <summary>Of the value that has begun last.</summary>
    public readonly string Path() => PathOf(depth);

    /// <summary>Of the innermost object or array.</summary>
    public readonly string Container() => PathOf(depth - 1);

    private readonly string PathOf(int count)
    {
        var path = new StringBuilder();
        foreach (var level in levels[..count])
            _ = level.IsArray
                ? path.Append('[').Append(level.Count - 1).Append(']')
                : path.Append(path.Length == 0 ? "" : ".").Append(NameOf(level));
        return path.Length == 0 ? "body" : path.ToString();
    }

    private readonly string NameOf(Level level)
    {
        var reader = new Utf8JsonReader(json.Slice(level.Name, level.NameLength));
        reader.Read();
        var name = reader.GetString()!;
        return name.Length > NameMax ? $"{name[..NameMax]}…" : name;
    }
}
