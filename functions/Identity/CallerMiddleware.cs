using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Finds out who sends an HTTP request, and lets its function run only for whom the route is.</summary>
public sealed class CallerMiddleware(RouteTable routes, IOptions<IdentityOptions> options) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http)
        {
            var services = context.InstanceServices;
            var permission = routes[context.FunctionDefinition.Name].Operation.Permission;
            var (caller, problem) = await services.GetRequiredService<Authentication>()
                .ReadAsync(http.Request, permission, http.RequestAborted);
            problem ??= Refusal(caller!, permission);
            if (problem is not null)
            {
                context.GetInvocationResult().Value = problem;
                return;
            }
            Enter(services, caller!, http);
            services.GetRequiredService<CallerWatch>().Admitted(http.Request, caller!, permission);
        }
        await next(context);
    }

    private static Problem? Refusal(Caller caller, string permission)
    {
        if (caller.May(permission))
            return null;
        if (caller.IsAnonymous)
            return Problems.Unauthorized("Send a credential, as in Authorization: Bearer ask_….");
        if (permission == Permissions.SignedIn)
            return Problems.Forbidden("Only a person who has signed in may do this, not an API key.");
        if (permission == Permissions.Operations)
            return Problems.Forbidden("Only an administrator of this installation may do this.");
        if (caller.Role is { } role && role < Permissions.LeastRoles[permission])
            return Problems.Forbidden(
                $"This needs the role {Permissions.LeastRoles[permission]} in the organization; yours is {role}.");
        return Problems.Forbidden($"The API key lacks the scope {permission}.");
    }

    private void Enter(IServiceProvider services, Caller caller, HttpContext http)
    {
        services.GetRequiredService<CurrentCaller>().Value = caller;
        var actor = new Actor(
            caller.Kind, caller.Id, caller.UserId,
            TraceMiddleware.TraceIdOf(http),
            ClientAddress.Of(http, options.Value));
        services.GetRequiredService<OrganizationScope>().Enter(caller.OrganizationId, actor);
    }
}
