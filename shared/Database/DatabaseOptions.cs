using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace Assay;

/// <summary>Section <c>Assay</c> of the settings, as far as it is about the database.</summary>
public sealed class DatabaseOptions : IValidatableObject
{
    /// <summary>Connection string of the role <c>assay_app</c>: Npgsql's form or a URL.</summary>
    [Required(ErrorMessage = "Set Assay__Database to the connection string of the role assay_app.")]
    public string Database { get; set; } = "";

    /// <summary>Connection string of the role <c>assay_job</c>, which works across organizations.</summary>
    [Required(ErrorMessage = "Set Assay__JobDatabase to the connection string of the role assay_job.")]
    public string JobDatabase { get; set; } = "";

    /// <summary>The key of <c>ops.scope_key</c>, as <see cref="Assay.ScopeKey.Parse"/> takes it.</summary>
    [Required(ErrorMessage = "Set Assay__ScopeKey to what the migration runner's verb settings prints.")]
    public string ScopeKey { get; set; } = "";

    /// <summary>Connections at most that one process opens as <c>assay_app</c>.</summary>
    [Range(1, 1000)]
    public int DatabasePoolSize { get; set; } = 32;

    /// <summary>Connections at most that one process opens as <c>assay_job</c>.</summary>
    [Range(1, 1000)]
    public int JobDatabasePoolSize { get; set; } = 4;

    /// <summary>How long the app waits for one statement.</summary>
    [Range(1, 3600)]
    public int CommandTimeoutSeconds { get; set; } = 30;

    /// <summary>How long a job, such as a rollup, waits for one statement.</summary>
    [Range(1, 86400)]
    public int JobCommandTimeoutSeconds { get; set; } = 600;

    /// <summary>How long to wait for a connection, from the server or from the pool, before giving up.</summary>
    [Range(1, 300)]
    public int ConnectTimeoutSeconds { get; set; } = 5;

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        foreach (var (name, value) in new[] { (nameof(Database), Database), (nameof(JobDatabase), JobDatabase) })
            if (Problem(value) is { } problem)
                yield return new ValidationResult($"Assay__{name}: {problem}", [name]);
        if (KeyProblem() is { } keyProblem)
            yield return new ValidationResult($"Assay__{nameof(ScopeKey)}: {keyProblem}", [nameof(ScopeKey)]);
    }

    internal string AppConnectionString => Complete(Database, "assay-app", DatabasePoolSize, CommandTimeoutSeconds);

    internal string JobConnectionString =>
        Complete(JobDatabase, "assay-job", JobDatabasePoolSize, JobCommandTimeoutSeconds);

    private string Complete(string text, string application, int poolSize, int commandTimeout)
    {
        var settings = ConnectionStrings.Parse(text);
        settings.ApplicationName = application;
        settings.MaxPoolSize = poolSize;
        settings.CommandTimeout = commandTimeout;
        settings.Timeout = ConnectTimeoutSeconds;
        // Sessions carry no state from one statement to the next, and would lose the plans of the functions they call.
        settings.NoResetOnClose = true;
        return settings.ConnectionString;
    }

    private string? KeyProblem()
    {
        if (ScopeKey.Length == 0)
            return null; // [Required] speaks of it.
        try
        {
            Assay.ScopeKey.Parse(ScopeKey);
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    private static string? Problem(string text)
    {
        if (text.Length == 0)
            return null; // [Required] speaks of it.
        try
        {
            ConnectionStrings.Parse(text);
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }
}
