using Microsoft.AspNetCore.Http;

namespace Assay.Conformance;

/// <summary>What the client threw, for the test to judge.</summary>
public sealed record Refusal(string Exception, string Message);

/// <summary>What the client returned.</summary>
public sealed record Returned<T>(T Value);

/// <summary>
/// What a call of the client came to: 200 and <see cref="Returned{T}"/>, or 422 and <see cref="Refusal"/>.
/// </summary>
public static class Answer
{
    public static async Task<IResult> OfAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return Results.Json(new Returned<T>(await call()));
        }
        catch (Exception exception)
        {
            return Results.Json(
                new Refusal(exception.GetType().Name, exception.Message),
                statusCode: StatusCodes.Status422UnprocessableEntity);
        }
    }

    public static Task<IResult> OfAsync(Func<Task> call) => OfAsync(async () =>
    {
        await call();
        return true;
    });
}
