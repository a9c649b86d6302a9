using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay;

public sealed class OutboundHttpTests : IAsyncLifetime
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<string> resolved = [];
    private WebApplication server = null!;
    private Uri address = null!;
    private int calls;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.MapGet("/", () => Interlocked.Increment(ref calls).ToString());
        server.MapGet("/away", (HttpContext http) => http.Response.Redirect("/"));
        server.MapGet("/long", () => new string('x', OutboundHttp.AnswerBytesMax + 1));
        await server.StartAsync();
        var addresses = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        address = new Uri(addresses.Addresses.First());
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("2130706433")] // 127.0.0.1, as one number
    [InlineData("0x7f.1")]
    [InlineData("169.254.169.254")]
    [InlineData("metadata.example")]
    public async Task A_private_address_is_refused_however_it_is_written(string host)
    {
        using var outbound = new OutboundHttp(
            PublicAddresses.Contain,
            (name, cancellation) => name == "metadata.example"
                ? Task.FromResult<IPAddress[]>([IPAddress.Parse("169.254.169.254")])
                : Dns.GetHostAddressesAsync(name, cancellation));

        var failure = await Assert.ThrowsAsync<HttpRequestException>(
            () => outbound.NewClient(Patience).GetAsync(Url(host)));

        Assert.IsType<OutboundRefusedException>(failure.InnerException);
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task The_address_that_was_approved_is_the_one_that_is_connected_to()
    {
        // A name server that gives the guard one address, and another to whoever asks again.
        using var outbound = NewOutbound(_ => resolved.Count == 1 ? IPAddress.Loopback : Elsewhere);

        Assert.Equal("1", await outbound.NewClient(Patience).GetStringAsync(Url("rebinding.example")));
        Assert.Equal(["rebinding.example"], resolved);
    }

    [Fact]
    public async Task A_name_whose_answer_turns_private_is_refused_at_the_next_connection()
    {
        using var outbound = NewOutbound(_ => resolved.Count == 1 ? IPAddress.Loopback : Elsewhere);
        var client = outbound.NewClient(Patience);
        client.DefaultRequestHeaders.ConnectionClose = true;

        Assert.Equal("1", await client.GetStringAsync(Url("rebinding.example")));
        var failure = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(Url("rebinding.example")));

        Assert.IsType<OutboundRefusedException>(failure.InnerException);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Of_several_addresses_only_the_approved_are_tried()
    {
        using var outbound = new OutboundHttp(
            IPAddress.Loopback.Equals,
            (_, _) => Task.FromResult<IPAddress[]>([Elsewhere, IPAddress.Loopback]));

        Assert.Equal("1", await outbound.NewClient(Patience).GetStringAsync(Url("several.example")));
    }

    [Fact]
    public async Task Redirects_are_answers_and_not_followed()
    {
        using var outbound = NewAllowing();

        using var answer = await outbound.NewClient(Patience).GetAsync(new Uri(address, "away"));

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task Where_private_addresses_are_allowed_they_are_reached()
    {
        using var outbound = NewAllowing();

        Assert.Equal("1", await outbound.NewClient(Patience).GetStringAsync(address));
    }

    [Fact]
    public async Task An_endless_answer_is_cut_off()
    {
        using var outbound = NewAllowing();

        await Assert.ThrowsAsync<HttpRequestException>(
            () => outbound.NewClient(Patience).GetStringAsync(new Uri(address, "long")));
    }

    [Theory]
    [InlineData("https://api.example.com/v1", true)]
    [InlineData("http://127.0.0.1:11434/v1", true)]
    [InlineData("api.example.com/v1", false)]
    [InlineData("ftp://api.example.com/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("https://user:secret@api.example.com/", false)]
    [InlineData("https://api.example.com/#key", false)]
    [InlineData("", false)]
    public void Only_plain_web_addresses_are_accepted(string text, bool valid) =>
        Assert.Equal(valid, OutboundUrl.IsValid(text));

    private string Url(string host) => $"http://{host}:{address.Port}/";

    // The loopback server stands for a public one.
    private OutboundHttp NewOutbound(Func<string, IPAddress> answer) => new(
        IPAddress.Loopback.Equals,
        (name, _) =>
        {
            resolved.Add(name);
            return Task.FromResult<IPAddress[]>([answer(name)]);
        });

    private static OutboundHttp NewAllowing() => new(
        approves: null, (name, cancellation) => Dns.GetHostAddressesAsync(name, cancellation));
}
