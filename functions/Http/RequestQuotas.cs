using System.Net;

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
                "address", AddressNetwork.Of(address), KnownSettings.AddressRequestsPerMinute,
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

    /// <summary>Those that count wrong credentials.</summary>
    public static IReadOnlyList<RateLimit> OfRefusals(IPAddress? address, SettingSnapshot settings) => Both(
        "refusals", AddressNetwork.Of(address), KnownSettings.AddressRefusalsPerMinute,
        KnownSettings.AddressRefusalsPerDay, settings);

    private static IReadOnlyList<RateLimit> Both(
        string kind, object id, NumberSetting minute, NumberSetting day, SettingSnapshot settings) =>
        RateLimit.OfMinuteAndDay(kind, id, settings.Get(minute), settings.Get(day));
}
