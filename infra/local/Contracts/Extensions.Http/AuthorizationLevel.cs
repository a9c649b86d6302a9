namespace Microsoft.Azure.Functions.Worker;

/// <summary>Which key a caller must show: none, one of the function or the host, or the master key.</summary>
public enum AuthorizationLevel
{
    Anonymous = 0,
    User = 1,
    Function = 2,
    System = 3,
    Admin = 4,
}
