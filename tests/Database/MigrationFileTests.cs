namespace Assay;

public sealed class MigrationFileTests
{
    [Fact]
    public void Files_are_paired_in_order_of_version()
    {
        var migrations = MigrationFile.Pair(
            [("0002_b.down.sql", "d2"), ("0001_a.up.sql", "u1"), ("0002_b.up.sql", "u2"), ("0001_a.down.sql", "d1")]);

        Assert.Equal(["0001_a", "0002_b"], migrations.Select(migration => migration.Label));
        Assert.Equal(("u2", "d2"), (migrations[1].Up, migrations[1].Down));
    }

    [Theory]
    [InlineData("0001_a has no down file", "0001_a.up.sql")]
    [InlineData("0001_a has no up file", "0001_a.down.sql")]
    [InlineData("'1_a.up.sql' is not named", "1_a.up.sql")]
    [InlineData("0002_b should have version 0001", "0002_b.up.sql", "0002_b.down.sql")]
    [InlineData(
        "0001_b should have version 0002", "0001_a.up.sql", "0001_a.down.sql", "0001_b.up.sql", "0001_b.down.sql")]
    public void Files_that_do_not_fit_are_named(string message, params string[] names)
    {
        var refusal = Assert.Throws<MigrationException>(() => MigrationFile.Pair(names.Select(name => (name, "sql"))));

        Assert.Contains(message, refusal.Message);
    }

    [Fact]
    public void A_checksum_depends_on_both_files_and_not_on_line_endings()
    {
        var file = new MigrationFile(1, "a", "x\ny", "z");

        Assert.Equal(file.Checksum, (file with { Up = "x\r\ny" }).Checksum);
        Assert.NotEqual(file.Checksum, (file with { Up = "x\ny " }).Checksum);
        Assert.NotEqual(file.Checksum, (file with { Down = "zz" }).Checksum);
    }

    [Fact]
    public void New_migrations_follow_the_newest()
    {
        var root = Directory.CreateTempSubdirectory();
        try
        {
            var migrations = root.CreateSubdirectory("infra/postgres/migrations");
            var folder = MigrationFolder.Find(root.CreateSubdirectory("tests/deep").FullName);
            folder.Add("first");

            var added = folder.Add("second");

            Assert.Equal(["0002_second.up.sql", "0002_second.down.sql"], added.Select(path => Path.GetFileName(path)));
            Assert.Equal(4, migrations.GetFiles().Length);
            Assert.Throws<MigrationException>(() => folder.Add("Not a name"));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
