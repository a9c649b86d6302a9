using System.Diagnostics.CodeAnalysis;
using Assay.Local;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Where an app begins: <c>FunctionsApplication.CreateBuilder(args)…Build().Run()</c>.</summary>
[SuppressMessage("Design", "CA1052", Justification = "The real type has a public constructor.")]
public class FunctionsApplication
{
    /// <summary>
    /// A builder whose configuration is, later wins: <c>appsettings.json</c>, <c>appsettings.{environment}.json</c>,
    /// <c>Values</c> of <c>local.settings.json</c>, environment variables, command line.
    /// </summary>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args, InProcessStart.Current);
}
