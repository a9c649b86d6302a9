namespace Assay;

public sealed class OutboundUrlTests
{
    [Theory]
    [InlineData("https://example.com")]
    [InlineData("http://127.0.0.1:8080/hooks?a=b&c=%C3%BC")]
    [InlineData("https://[2001:db8::1]/hooks")]
    [InlineData("https://xn--mnchen-3ya.example/~user/(a);b=c")]
    public void An_address_is_one(string url) => Assert.True(OutboundUrl.IsValid(url));

    [Theory]
    [InlineData("https://example.com\r\n")]
    [InlineData("https://example.com/\r\nHost: evil.example")]
    [InlineData(" https://example.com")]
    [InlineData("https://example.com/a b")]
    [InlineData("https://example.com/\t")]
    [InlineData("https://example.com/\u007f")]
    [InlineData("https://example.com/\u0000")]
    [InlineData("https://example.com/\u200b")]
    [InlineData("https://ex\u0430mple.com")]
    [InlineData("https://münchen.example")]
    [InlineData("https://example.com\\@evil.example")]
    [InlineData("https://user@example.com")]
    [InlineData("https://example.com#part")]
    [InlineData("ftp://example.com")]
    [InlineData("https://")]
    [InlineData("//example.com")]
    [InlineData("javascript:alert(1)")]
    public void What_others_may_read_otherwise_is_none(string url) => Assert.False(OutboundUrl.IsValid(url));
}
