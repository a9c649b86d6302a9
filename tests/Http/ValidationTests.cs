using System.ComponentModel.DataAnnotations;

namespace Assay;

public sealed class ValidationTests
{
    private sealed record Outer(
        [Required] [StringLength(10, MinimumLength = 2)] string Name,
        [Range(1, 5)] int? Count = null,
        [MaxLength(2)] [AllowedValues("x", "y")] IReadOnlyList<string>? Tags = null,
        Inner? One = null,
        IReadOnlyList<Inner>? Many = null,
        IReadOnlyDictionary<string, Inner>? ByName = null);

    private sealed record Inner(int From, int To, [EmailAddress] string? Email = null) : IValidatableObject
    {
        [RegularExpression("[a-z]+", ErrorMessage = "lower-case letters")]
        public string? Code { get; init; }

        public IEnumerable<ValidationResult> Validate(ValidationContext context)
        {
            if (From > To)
                yield return new("expected a number not above to", [nameof(From)]);
        }
    }

    [Fact]
    public void A_value_that_obeys_every_rule_has_no_errors() => Assert.Empty(Validation.Check(
        new Outer("name", 5, ["x", "y"], new(1, 2, "a@b.example") { Code = "abc" }, [new(1, 1)])));

    [Fact]
    public void Every_member_that_breaks_a_rule_is_named_by_its_path()
    {
        var errors = Validation.Check(new Outer(
            "   ", 6, ["x", "z"], new(2, 1, "nobody"), [new(1, 2), new(1, 2) { Code = "A" }],
            new Dictionary<string, Inner> { ["k"] = new(3, 2) }));

        Assert.Equal(
            new Dictionary<string, string[]>
            {
                ["name"] = ["expected a string of 2 to 10 characters, not only white space"],
                ["count"] = ["expected a whole number from 1 to 5"],
                ["tags[1]"] = ["expected one of x, y"],
                ["one.from"] = ["expected a number not above to"],
                ["one.email"] = ["expected a string that is an email address"],
                ["many[1].code"] = ["expected lower-case letters"],
                ["byName.k.from"] = ["expected a number not above to"],
            }.OrderBy(error => error.Key),
            errors.OrderBy(error => error.Key));
    }

    [Fact]
    public void A_list_that_is_too_long_is_named_with_its_limit() => Assert.Equal(
        ["expected an array of at most 2 items"], Validation.Check(new Outer("name", Tags: ["x", "x", "x"]))["tags"]);
}
