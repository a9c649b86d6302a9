using Microsoft.AspNetCore.Http;

namespace Assay;

public sealed class SearchDeadlineTests
{
    [Fact]
    public async Task A_search_that_takes_too_long_is_given_up_with_what_to_do()
    {
        var answer = await SearchDeadline.RunAsync(TimeSpan.FromMilliseconds(1), EndlessAsync, CancellationToken.None);

        var problem = Assert.IsType<Problem>(answer);
        Assert.Equal(422, problem.Status);
        Assert.Contains("ask for fewer or rarer words", problem.Errors!["query"][0]);
    }

    [Fact]
    public async Task One_whose_request_has_ended_is_nobodys()
    {
        using var gone = new CancellationTokenSource(1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => SearchDeadline.RunAsync(TimeSpan.FromMinutes(1), EndlessAsync, gone.Token));
    }

    private static async Task<IResult> EndlessAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        return Results.Ok();
    }
}
