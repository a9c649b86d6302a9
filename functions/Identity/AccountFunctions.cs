using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>A person's own account.</summary>
public sealed class AccountFunctions(
    AccountStore accounts, Confirmation confirmation, PasswordChange passwords, CurrentCaller caller)
{
    [Function(nameof(GetMe))]
    [Operation(Permissions.SignedIn, Answer = typeof(Account))]
    public async Task<IResult> GetMe(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "me")] HttpRequest request,
        CancellationToken cancellation) =>
        await accounts.FindAsync(cancellation) is { } account
            ? Conditional.Ok(request, account.Version, account)
            : Gone();

    [Function(nameof(ChangeMe))]
    [Operation(Permissions.SignedIn, Body = typeof(AccountChanges), Answer = typeof(Account))]
    public async Task<IResult> ChangeMe(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "me")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (await accounts.FindAsync(cancellation) is not { } known)
            return Gone();
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;
        var changes = await MergePatch.ReadAsync(
            request, new AccountChanges(known.Username, known.Name, known.AvatarUrl, known.Bio), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;

        return await accounts.ChangeAsync(known, wanted, cancellation) switch
        {
            AccountChange.Done(var account) => Conditional.Ok(request, account.Version, account),
            AccountChange.UsernameTaken => Problems.Conflict($"The user name {wanted.Username} is taken."),
            _ => Problems.Stale(),
        };
    }

    /// <summary>
    /// Refused while the person is an organization's last owner. All that they handed out ends with it; private
    /// entities are sealed for good, which <c>private</c> confirms.
    /// </summary>
    [Function(nameof(DeleteMe))]
    [Operation(
        Permissions.SignedIn, Grants = GrantKind.Role, IfMatch = true, Query = typeof(AccountDeletionQuery),
        Status = 204)]
    public async Task<IResult> DeleteMe(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "me")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (Query.Read<AccountDeletionQuery>(request, out var query) is { } problem)
            return problem;
        if (await accounts.FindAsync(cancellation) is not { } known)
            return Gone();
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;
        if (query.Private is null && await accounts.CountPrivateAsync(cancellation) is > 0 and var count)
            return Problems.Invalid("private", AccountDeletionQuery.Expected(count));

        return await accounts.DeleteAsync(known, cancellation) switch
        {
            AccountDeletion.Done => Results.NoContent(),
            AccountDeletion.LastOwner => Problems.Conflict(
                "You are the last owner of an organization. Make somebody else an owner, or delete it, first."),
            _ => Problems.Stale(),
        };
    }

    /// <summary>Ends all other sessions.</summary>
    [Function(nameof(ChangePassword))]
    [Operation(Permissions.SignedIn, Grants = GrantKind.Session, Body = typeof(PasswordReplacement), Status = 204)]
    public async Task<IResult> ChangePassword(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "me/password")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<PasswordReplacement>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (await accounts.FindAsync(cancellation) is not { } account)
            return Gone();
        if (account.Email is null)
            return Problems.Conflict("An anonymous account has no password; claim it first.");
        if (PasswordRules.Error(wanted.NewPassword, account.Email) is { } error)
            return Problems.Invalid("newPassword", error);

        var (refused, present) = await confirmation.AskAsync(account, wanted.CurrentPassword, cancellation);
        if (refused is not null)
            return refused;
        return await passwords.TryChangeAsync(present, wanted.NewPassword, caller.Value.SessionId!.Value, cancellation)
            ? Results.NoContent()
            : Problems.Stale();
    }

    private static Problem Gone() => Problems.Unauthorized("The account has been deleted.");
}
