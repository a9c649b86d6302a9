using System.Net;
using System.Net.Sockets;

namespace Assay;

/// <summary>Which limits a request counts against.</summary>
internal static class RequestQuotas
{
    /// <summary>
    /// Those of the key, its user and the organization; of the address when nobody is known. None for whom the
    /// configuration trusts without a credential.
    /// </summary>
    public static IReadOnlyList<RateLimit> Of(Caller caller, IPAddress? address, SettingSnapshot settings)
    {
        if (caller.IsAnonymous)
            return Both(
                "address", NetworkOf(address), KnownSettings.AddressRequestsPerMinute,
                KnownSettings.AddressRequestsPerDay, settings);
        if (caller.Kind == ActorKind.System)
            return [];

        var limits = new List<RateLimit>(6);
        if (caller is { Kind: ActorKind.ApiKey, Id: { } key })
            limits.AddRange(Both(
                "key", key, KnownSettings.KeyRequestsPerMinute, KnownSettings.KeyRequestsPerDay, settings));
        if (caller.UserId is { } user)
            limits.AddRange(Both(
                "user", user, KnownSettings.UserRequestsPerMinute, KnownSettings.UserRequestsPerDay, settings));
        if (caller.OrganizationId is { } organization)
            limits.AddRange(Both(
                "organization", organization, KnownSettings.OrganizationRequestsPerMinute,
                KnownSettings.OrganizationRequestsPerDay, settings));
        return limits;
    }

    private static IReadOnlyList<RateLimit> Both(
        string kind, object id, NumberSetting minute, NumberSetting day, SettingSnapshot settings) =>
        RateLimit.OfMinuteAndDay(kind, id, settings.Get(minute), settings.Get(day));

    // Whoever has one address of version 6 has at least the 2^64 of its network.
    private static string NetworkOf(IPAddress? address) => address switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6 } =>
            $"{new IPAddress([.. address.GetAddressBytes().Take(8), .. new byte[8]])}/64",
        _ => $"{address}",
    };
}
