using System.Security.Cryptography;
using System.Text.Json;

namespace Assay;

/// <summary>
/// What a backup holds, in <c>FILE.json</c> beside it: to tell that the file is whole before it is restored, and that
/// all is there after.
/// </summary>
/// <param name="Tool">Major version of the pg_dump that wrote the file.</param>
/// <param name="Sha256">Of the file, in hex.</param>
public sealed record BackupManifest(
    string Database, DateTime TakenAt, int Tool, long Bytes, string Sha256, DatabaseContent Content)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string PathFor(string file) => $"{file}.json";

    public async Task WriteAsync(string file, CancellationToken cancellation)
    {
        await using var stream = File.Create(PathFor(file));
        await JsonSerializer.SerializeAsync(stream, this, Json, cancellation);
    }

    /// <summary>Reads the manifest of a backup.</summary>
    /// <exception cref="BackupException">There is none, or the file is not the one that it speaks of.</exception>
    public static async Task<BackupManifest> ReadAsync(string file, CancellationToken cancellation)
    {
        foreach (var path in new[] { file, PathFor(file) })
        {
            if (!File.Exists(path))
                throw new BackupException($"{path} is not there. A backup is two files: FILE and FILE.json.");
        }
        var manifest = await ParseAsync(PathFor(file), cancellation);

        await using var dump = File.OpenRead(file);
        if (dump.Length != manifest.Bytes)
            throw new BackupException(
                $"{file} has {dump.Length:n0} bytes instead of {manifest.Bytes:n0}: it is not whole.");
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(dump, cancellation));
        if (hash != manifest.Sha256)
            throw new BackupException($"{file} is not as it was written: its SHA-256 is {hash}.");
        return manifest;
    }

    private static async Task<BackupManifest> ParseAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync<BackupManifest>(stream, Json, cancellation)
                is { Content: { Tables: not null, Sequences: not null } } manifest
                    ? manifest
                    : throw new BackupException($"{path} is not the manifest of a backup.");
        }
        catch (JsonException exception)
        {
            throw new BackupException($"{path} is not the manifest of a backup.", exception);
        }
    }
}

/// <summary>A backup or its restoration cannot go on, or something is not as it was; the message says what.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
