using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Assay;

public sealed class KeyTrialTests : IAsyncLifetime
{
    private static readonly ValidationRules Bearer = new("/models", "Authorization", "Bearer ");

    private FakeProvider provider = null!;
    private OutboundHttp outbound = null!;

    public async Task InitializeAsync()
    {
        provider = await FakeProvider.StartAsync();
        outbound = new OutboundHttp(
            approves: null, (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation));
    }

    public async Task DisposeAsync()
    {
        outbound.Dispose();
        await provider.DisposeAsync();
    }

    [Theory]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("x-api-key", null)]
    [InlineData("x-goog-api-key", null)]
    [InlineData("api-key", null)]
    public async Task A_key_is_shown_in_the_header_that_its_provider_reads(string header, string? prefix)
    {
        var rules = new ValidationRules(
            "/models", header, prefix, new Dictionary<string, string> { ["anthropic-version"] = "2023-06-01" });

        Assert.Null(await FindFaultAsync(rules, FakeProvider.Key));
        Assert.Contains("refuses the key, with status 401", await FindFaultAsync(rules, "sk-another-key"));
        Assert.All(provider.Requests, request => Assert.Equal("2023-06-01", request["anthropic-version"]));
    }

    [Theory]
    [InlineData(400, "refuses the key")]
    [InlineData(403, "refuses the key")]
    [InlineData(404, "base URL")]
    [InlineData(302, "does not tell")]
    [InlineData(429, "does not tell")]
    [InlineData(500, "does not tell")]
    public async Task What_a_provider_answers_otherwise_is_told_without_its_words(int status, string expected)
    {
        provider.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/v1/models?again";
            return context.Response.WriteAsync($"hush {FakeProvider.Key}");
        };

        var fault = await FindFaultAsync(Bearer, FakeProvider.Key);

        Assert.Contains(expected, fault);
        Assert.DoesNotContain("hush", fault);
        Assert.Single(provider.Requests);
    }

    [Fact]
    public async Task A_provider_that_never_answers_is_given_up()
    {
        provider.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);

        Assert.Contains("within 1 s", await FindFaultAsync(Bearer, FakeProvider.Key, seconds: 1));
    }

    [Fact]
    public async Task A_provider_that_is_away_is_named_as_such()
    {
        await provider.DisposeAsync();

        Assert.Contains("cannot be reached", await FindFaultAsync(Bearer, FakeProvider.Key));
    }

    [Fact]
    public async Task A_private_address_is_not_asked_unless_that_is_allowed()
    {
        outbound.Dispose();
        outbound = new OutboundHttp(Options.Create(new OutboundOptions()));

        Assert.Contains("127.0.0.1 has no public address", await FindFaultAsync(Bearer, FakeProvider.Key));
        Assert.Empty(provider.Requests);
    }

    private Task<string?> FindFaultAsync(ValidationRules rules, string key, int seconds = 10) =>
        new KeyTrial(outbound, Options.Create(new ProviderOptions { ValidationTimeoutSeconds = seconds }))
            .FindFaultAsync(provider.BaseUrl, rules, key, CancellationToken.None);
}
