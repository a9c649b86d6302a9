using System.Net;
using System.Net.Http.Json;

namespace Assay;

internal static class ManualRun
{
    /// <summary>Lets the host run at once what a timer runs. Returns once it is accepted.</summary>
    public static async Task RunNowAsync(this HttpClient client, string function) => Assert.Equal(
        HttpStatusCode.Accepted,
        (await client.PostAsJsonAsync($"/admin/functions/{function}", new { })).StatusCode);
}
