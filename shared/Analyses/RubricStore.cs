namespace Assay;

/// <summary>Rubrics: the built-in one and the organization's own.</summary>
public sealed class RubricStore(Database database)
{
    /// <summary>The rubric that comes with the migrations.</summary>
    public static readonly Guid BuiltInId = new("00000000-0000-7000-8000-000000000100");

    public Task<bool> ExistsAsync(Guid id, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            "select exists (select from core.judge_rubric where id = @id)", new { id }, cancellation);

    /// <exception cref="InvalidOperationException">There is no such rubric, or it has no criteria.</exception>
    public async Task<JudgeRubric> GetAsync(Guid id, CancellationToken cancellation)
    {
        var rows = await database.ListAsync<Row>(
            """
            select rubric.name, rubric.version, criterion.id, criterion.key, criterion.title, criterion.description,
                criterion.weight::float8 as weight
            from core.judge_rubric rubric
            join core.judge_criterion criterion on criterion.rubric_id = rubric.id
            where rubric.id = @id
            order by criterion.position, criterion.key
            """,
            new { id }, cancellation);
        if (rows.Count == 0)
            throw new InvalidOperationException($"There is no rubric {id} with criteria.");

        return new(
            id, rows[0].Name, rows[0].Version,
            [.. rows.Select(row => new JudgeCriterion(row.Id, row.Key, row.Title, row.Description, row.Weight))]);
    }

    private sealed record Row(
        string Name, int Version, Guid Id, string Key, string Title, string? Description, double Weight);
}
