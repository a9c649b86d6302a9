namespace Assay;

public sealed class RouteTableTests
{
    [Fact]
    public void Every_route_says_who_may_call_it()
    {
        var routes = RouteTable.Read(typeof(RouteTable).Assembly);

        Assert.Contains(routes.Routes, route => route is { Function: "GetRun", Template: "runs/{id:guid}" });
        Assert.All(routes.Routes, route => Assert.True(Permissions.IsKnown(route.Operation.Permission)));
    }

    // The functions of another app are routes, and say nothing of callers.
    [Fact]
    public void A_route_that_forgets_it_is_refused()
    {
        var refusal = Assert.Throws<InvalidOperationException>(
            () => RouteTable.Read(typeof(Conformance.Calls).Assembly));

        Assert.Contains("[Operation(", refusal.Message);
    }
}
