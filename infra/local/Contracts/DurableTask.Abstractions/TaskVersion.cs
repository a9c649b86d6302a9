namespace Microsoft.DurableTask;

/// <summary>Version of an orchestration; null and empty both mean unversioned, and case does not matter.</summary>
public readonly struct TaskVersion : IEquatable<TaskVersion>
{
    public static readonly TaskVersion Unversioned = default;

    private readonly string? version;

    /// <exception cref="ArgumentException">The version is nothing but white space.</exception>
    public TaskVersion(string? version)
    {
        if (!string.IsNullOrEmpty(version) && string.IsNullOrWhiteSpace(version))
        {
            throw new ArgumentException(
                "A version must not be blank: pass null or an empty string for an unversioned task.",
                nameof(version));
        }

        this.version = version;
    }

    public string Version => version ?? string.Empty;

    public static implicit operator TaskVersion(string? value) => new(value);

    public static implicit operator string(TaskVersion value) => value.Version;

    public static bool operator ==(TaskVersion a, TaskVersion b) => a.Equals(b);

    public static bool operator !=(TaskVersion a, TaskVersion b) => !a.Equals(b);

    public bool Equals(TaskVersion other) =>
        string.Equals(Version, other.Version, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => obj is TaskVersion other && Equals(other);

    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Version);
}
