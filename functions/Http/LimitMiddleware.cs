using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// Keeps every request within its limits: the size of its body, how often its caller may send one, how many of an
/// organization are under way, and how long it may take. What routes differ in they say in their <c>[Operation]</c>.
/// </summary>
public sealed class LimitMiddleware(
    RouteTable routes, RateLimits rates, RequestsAtOnce atOnce, IOptions<IdentityOptions> options)
    : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        var operation = routes[context.FunctionDefinition.Name].Operation;
        if (RequestLimits.LimitBody(http, operation.BodyBytesMax) is { } tooLarge)
            context.GetInvocationResult().Value = tooLarge;
        else if (operation.Counted)
            await CountAsync(context, http, operation, next);
        else
            await RequestLimits.RunAsync(
                context, http, TimeSpan.FromSeconds(KnownSettings.RequestSeconds.Default), next);
    }

    private async Task CountAsync(
        FunctionContext context, HttpContext http, OperationAttribute operation, FunctionExecutionDelegate next)
    {
        var services = context.InstanceServices;
        var caller = services.GetRequiredService<CurrentCaller>().Value;
        var settings = await services.GetRequiredService<Settings>().SnapshotAsync(http.RequestAborted);
        if (await RefusalAsync(http, caller, settings) is { } refusal)
        {
            context.GetInvocationResult().Value = refusal;
            return;
        }
        if (operation.Feature is { } feature && !settings.Get(FeatureFlags.Find(feature)!))
        {
            context.GetInvocationResult().Value = Problems.FeatureOff(feature);
            return;
        }

        if (operation.NeedsClaim && settings.Unclaimed)
        {
            context.GetInvocationResult().Value = Problems.Unclaimed();
            return;
        }

        var limit = TimeSpan.FromSeconds(
            operation.SecondsMax > 0 ? operation.SecondsMax : settings.Get(KnownSettings.RequestSeconds));
        if (caller.OrganizationId is not { } organization)
        {
            await RequestLimits.RunAsync(context, http, limit, next);
            return;
        }

        var most = settings.Get(KnownSettings.OrganizationRequestsAtOnce);
        if (!atOnce.TryEnter(organization, most))
        {
            context.GetInvocationResult().Value = Problems.TooManyAtOnce(most);
            return;
        }
        try
        {
            await RequestLimits.RunAsync(context, http, limit, next);
        }
        finally
        {
            atOnce.Leave(organization);
        }
    }

    private async ValueTask<Problem?> RefusalAsync(HttpContext http, Caller caller, SettingSnapshot settings)
    {
        var limits = RequestQuotas.Of(caller, ClientAddress.Of(http, options.Value), settings);
        if (limits.Count == 0)
            return null;

        var decision = await rates.TakeAsync(limits, http.RequestAborted);
        var tightest = decision.Tightest;
        var headers = http.Response.Headers;
        // draft-ietf-httpapi-ratelimit-headers-10: every policy, and what is left of the one that binds first.
        headers["RateLimit-Policy"] = string.Join(", ", limits.Select(limit =>
            string.Create(CultureInfo.InvariantCulture, $"\"{limit.Policy}\";q={limit.Quota};w={limit.Seconds}")));
        headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture,
            $"\"{tightest.Limit.Policy}\";r={tightest.Remaining};t={Math.Ceiling(tightest.Reset.TotalSeconds)}");
        return decision.Admitted ? null : Problems.Limited(tightest.Limit, tightest.Reset);
    }
}
