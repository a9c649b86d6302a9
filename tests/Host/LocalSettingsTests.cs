using Assay.Local;

namespace Assay;

public sealed class LocalSettingsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("assay-settings").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Values_are_read_as_Core_Tools_does()
    {
        Write(
            """
            {
              // a comment
              "IsEncrypted": false,
              "Values": { "Plain": "a", "Nested__Name": "b", "Number": 7, "Flag": true },
              "ConnectionStrings": { "Main": "c", "Other": { "ConnectionString": "d", "ProviderName": "x" } },
              "Host": { "LocalHttpPort": 7999, "CORS": "*" },
            }
            """);

        var settings = LocalSettings.Read(folder);

        Assert.Equal(
            [
                "ConnectionStrings:Main=c", "ConnectionStrings:Other=d", "Flag=true", "Nested:Name=b", "Number=7",
                "Plain=a", "port=7999",
            ],
            settings.Select(setting => $"{setting.Key}={setting.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_missing_file_is_no_settings() => Assert.Empty(LocalSettings.Read(folder));

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"IsEncrypted": true}""")]
    public void A_file_that_cannot_be_used_is_named(string text)
    {
        Write(text);

        var error = Assert.Throws<InvalidDataException>(() => LocalSettings.Read(folder));

        Assert.Contains(LocalSettings.FileName, error.Message, StringComparison.Ordinal);
    }

    private void Write(string text) => File.WriteAllText(Path.Combine(folder, LocalSettings.FileName), text);
}
