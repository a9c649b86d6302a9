using System.Net;
using System.Net.Sockets;

namespace Assay;

/// <summary>Tells addresses of the internet at large from those that only mean something nearby.</summary>
public static class PublicAddresses
{
    // Of IANA's registries of special-purpose addresses: what is not globally reachable, or stands for what may not be.
    private static readonly IPNetwork[] Private =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Azure's host answers the guest here, metadata and all, from a range that is otherwise public.
            "168.63.129.16/32",
            // Protocol assignments with Teredo, documentation, and 6to4, which carries an IPv4 address.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    // All that is assigned to be unicast and global. Loopback, link-local, unique local and multicast lie outside.
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    // What DNS64 makes of an IPv4 address, for networks without IPv4.
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    public static bool Contain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return Contain(address.MapToIPv4());
        if (Translated.Contains(address))
            return Contain(new IPAddress(address.GetAddressBytes().AsSpan(12)));
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !GlobalUnicast.Contains(address))
            return false;
        return !Array.Exists(Private, network => network.Contains(address));
    }
}
