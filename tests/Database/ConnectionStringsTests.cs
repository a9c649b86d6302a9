namespace Assay;

public sealed class ConnectionStringsTests
{
    [Theory]
    [InlineData("Host=db;Username=me", "db", 5432, "me", null, "assay")]
    [InlineData("Host=db;Port=1;Username=me;Password=p;Database=d", "db", 1, "me", "p", "d")]
    [InlineData("postgres://me:p%40ss@db:5433/d", "db", 5433, "me", "p@ss", "d")]
    [InlineData("postgresql://me@db", "db", 5432, "me", null, "assay")]
    [InlineData("postgres://me@[::1]:5433/d", "::1", 5433, "me", null, "d")]
    [InlineData("postgres://me@db/d?sslmode=verify-full&connect_timeout=3", "db", 5432, "me", null, "d")]
    public void Both_forms_are_read(
        string text, string host, int port, string user, string? password, string database)
    {
        var settings = ConnectionStrings.Parse(text);

        Assert.Equal(
            (host, port, user, password, database),
            (settings.Host, settings.Port, settings.Username, settings.Password, settings.Database));
    }

    [Fact]
    public void Options_of_a_url_are_kept()
    {
        var settings = ConnectionStrings.Parse("postgres://me@db/d?sslmode=verify-full&connect_timeout=3");

        Assert.Equal((Npgsql.SslMode.VerifyFull, 3), (settings.SslMode, settings.Timeout));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("Host=db;Nonsense=secret")]
    [InlineData("postgres://db:secret/d")]
    [InlineData("Username=secret")]
    public void What_cannot_be_read_is_refused_without_being_repeated(string text)
    {
        var refusal = Assert.Throws<FormatException>(() => ConnectionStrings.Parse(text));

        Assert.DoesNotContain("secret", refusal.ToString());
    }

    [Fact]
    public void A_role_replaces_the_administrator_and_its_password()
    {
        var administrator = ConnectionStrings.Parse("Host=db;Username=root;Password=secret;Database=d");

        var role = ConnectionStrings.Parse(ConnectionStrings.ForRole(administrator, "assay_app", null));

        Assert.Equal(("db", "d", "assay_app", (string?)null), (role.Host, role.Database, role.Username, role.Password));
    }
}
