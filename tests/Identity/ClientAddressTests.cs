using System.Net;
using Microsoft.AspNetCore.Http;

namespace Assay;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData(0, "198.51.100.9", "192.0.2.1")]
    [InlineData(1, "203.0.113.5, 198.51.100.9", "198.51.100.9")]
    [InlineData(1, "198.51.100.9:50123", "198.51.100.9")]
    [InlineData(2, "6.6.6.6, 203.0.113.5, 198.51.100.9", "203.0.113.5")]
    [InlineData(2, "198.51.100.9", "192.0.2.1")]
    [InlineData(1, "unknown", "192.0.2.1")]
    [InlineData(1, "", "192.0.2.1")]
    public void Only_what_trusted_proxies_wrote_is_believed(int proxies, string header, string expected)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse("192.0.2.1") } };
        http.Request.Headers["X-Forwarded-For"] = header;

        Assert.Equal(IPAddress.Parse(expected), ClientAddress.Of(http, proxies));
    }
}
