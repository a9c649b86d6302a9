using System.Net;
using Microsoft.AspNetCore.Http;

namespace Assay;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("198.51.100.9", 0, "198.51.100.9")]
    [InlineData("198.51.100.9:50123", 0, "198.51.100.9")]
    [InlineData("2001:db8::7", 0, "2001:db8::7")]
    [InlineData("[2001:db8::7]", 0, "2001:db8::7")]
    [InlineData("[2001:db8::7]:443", 0, "2001:db8::7")]
    [InlineData("::ffff:198.51.100.9", 0, "198.51.100.9")]
    [InlineData("[::ffff:198.51.100.9]:443", 0, "198.51.100.9")]
    [InlineData("fe80::1%7", 0, "fe80::1")]
    // What a client sends comes before what the front end appends.
    [InlineData("6.6.6.6, 198.51.100.9", 0, "198.51.100.9")]
    [InlineData("6.6.6.6, 198.51.100.9, 203.0.113.5", 2, "198.51.100.9")]
    [InlineData("198.51.100.9", 2, "192.0.2.1")]
    [InlineData("", 0, "192.0.2.1")]
    [InlineData("1", 0, "192.0.2.1")]
    [InlineData("0127.0.0.1", 0, "192.0.2.1")]
    [InlineData("198.51.100.9:99999", 0, "192.0.2.1")]
    [InlineData("198.51.100.9; drop", 0, "192.0.2.1")]
    [InlineData("unknown", 0, "192.0.2.1")]
    public void A_named_header_is_believed_where_it_holds_an_address(string header, int proxies, string expected)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse("192.0.2.1") } };
        http.Request.Headers["x-azure-clientip"] = header;
        http.Request.Headers["X-Forwarded-For"] = "6.6.6.6";
        var options = new IdentityOptions
        {
            ClientAddressHeader = "X-Azure-ClientIP", ForwardingProxies = proxies,
        };

        Assert.Equal(IPAddress.Parse(expected), ClientAddress.Of(http, options));
    }

    [Theory]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("fe80::1%7", "fe80::1")]
    public void The_connections_address_is_as_the_database_takes_it(string address, string expected)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };

        Assert.Equal(IPAddress.Parse(expected), ClientAddress.Of(http, new IdentityOptions()));
    }
}
