using System.Net;
using System.Net.Sockets;

namespace Assay;

/// <summary>What clients are told apart by where nothing else is known of them.</summary>
public static class AddressNetwork
{
    /// <summary>An address; of version 6 the /64 that it is in, all of which whoever has one address has.</summary>
    public static string Of(IPAddress? address) => address switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6 } =>
            $"{new IPAddress([.. address.GetAddressBytes().Take(8), .. new byte[8]])}/64",
        _ => $"{address}",
    };
}
