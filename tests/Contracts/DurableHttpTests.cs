using System.Net;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.DurableTask.Converters;

namespace Assay;

public sealed class DurableHttpTests
{
    private static readonly JsonDataConverter History = JsonDataConverter.Default;

    [Fact]
    public void A_request_survives_history()
    {
        var request = new DurableHttpRequest(HttpMethod.Put, new Uri("http://localhost/a?b=c"))
        {
            Content = """{"x":1}""",
            Timeout = TimeSpan.FromSeconds(5),
            AsynchronousPatternEnabled = true,
            HttpRetryOptions = new([HttpStatusCode.BadGateway])
            {
                FirstRetryInterval = TimeSpan.FromSeconds(1),
                MaxNumberOfAttempts = 3,
                BackoffCoefficient = 2,
            },
        };

        var text = History.Serialize(request)!;
        var read = History.Deserialize<DurableHttpRequest>(text)!;

        Assert.Contains("\"method\":\"PUT\"", text);
        Assert.Equal(HttpMethod.Put, read.Method);
        Assert.Equal(request.Uri, read.Uri);
        Assert.Equal(request.Content, read.Content);
        Assert.Equal(request.Timeout, read.Timeout);
        Assert.True(read.AsynchronousPatternEnabled);
        Assert.Null(read.Headers);
        Assert.Equal([HttpStatusCode.BadGateway], read.HttpRetryOptions!.StatusCodesToRetry);
        Assert.Equal(3, read.HttpRetryOptions.MaxNumberOfAttempts);
        Assert.Equal(2, read.HttpRetryOptions.BackoffCoefficient);
    }

    [Fact]
    public void Retry_options_write_the_names_and_defaults_of_the_real_ones()
    {
        var text = History.Serialize(new HttpRetryOptions())!;

        Assert.Equal(
            """{"FirstRetryInterval":"00:00:00","MaxRetryInterval":"6.00:00:00","BackoffCoefficient":1""" +
            ""","RetryTimeout":"10675199.02:48:05.4775807","MaxNumberOfAttempts":0,"StatusCodesToRetry":[]}""",
            text);
        Assert.Equal(TimeSpan.MaxValue, History.Deserialize<HttpRetryOptions>(text)!.RetryTimeout);
    }

    [Fact]
    public void Headers_are_one_string_or_several_and_ignore_case()
    {
        var response = new DurableHttpResponse(HttpStatusCode.Accepted)
        {
            Headers = new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>
            {
                ["Location"] = "/status",
                ["Set-Cookie"] = new(["a=1", "b=2"]),
            },
        };

        var text = History.Serialize(response)!;
        var read = History.Deserialize<DurableHttpResponse>(text)!;

        Assert.Contains("""{"Location":"/status","Set-Cookie":["a=1","b=2"]}""", text);
        Assert.Equal(HttpStatusCode.Accepted, read.StatusCode);
        Assert.Equal("/status", read.Headers!["location"]);
        Assert.Equal(["a=1", "b=2"], (string[])read.Headers["set-cookie"]!);
    }
}
