using Assay.Local;

namespace Assay;

public sealed class SchemaFileTests
{
    [Fact]
    public void Files_are_run_in_the_order_of_their_numbers()
    {
        var files = SchemaFile.InOrder([("010_later.sql", "b"), ("002_first.sql", "a")]);

        Assert.Equal([new SchemaFile(2, "first", "a"), new SchemaFile(10, "later", "b")], files);
    }

    [Fact]
    public void Two_files_with_one_number_are_named_instead_of_one_being_passed_over()
    {
        var problem = Assert.Throws<InvalidOperationException>(
            () => SchemaFile.InOrder([("002_one.sql", ""), ("001_first.sql", ""), ("002_other.sql", "")]));

        Assert.Contains("number 002: 'one' and 'other'", problem.Message);
    }
}
