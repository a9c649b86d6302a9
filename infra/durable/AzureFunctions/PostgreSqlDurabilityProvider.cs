using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Query;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Newtonsoft.Json.Linq;

namespace Assay.DurableTask.PostgreSql.AzureFunctions;

/// <summary>The orchestration service as the Durable extension sees it.</summary>
internal sealed class PostgreSqlDurabilityProvider(
    PostgreSqlOrchestrationService service, PostgreSqlDurabilityOptions options)
    : DurabilityProvider(ProviderName, service, service, options.ConnectionStringName), IAsyncDisposable
{
    public const string ProviderName = "postgresql";

    public override JObject ConfigurationJson { get; } = JObject.FromObject(options);

    public override bool SupportsEntities => false;

    /// <summary>Waiting for the end of an instance is no polling.</summary>
    public override bool SupportsPollFreeWait => true;

    public override bool GuaranteesOrderedDelivery => true;

    /// <summary>A client hears at once that nobody will get its event.</summary>
    public override bool CheckStatusBeforeRaiseEvent => true;

    public override TimeSpan MaximumDelayTime { get; set; } = TimeSpan.MaxValue;

    public override string EventSourceName { get; set; } = "DurableTask-PostgreSql";

    public override void SetUseSeparateQueueForEntityWorkItems(bool newValue)
    {
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    public override async Task<IList<OrchestrationState>> GetOrchestrationStateWithInputsAsync(
        string instanceId, bool showInput = true) =>
        await service.GetOrchestrationStateAsync(instanceId, allExecutions: false, showInput) is { } state
            ? [state] : [];

    public override Task<IList<OrchestrationState>> GetAllOrchestrationStates(CancellationToken cancellationToken) =>
        AllAsync(new(), cancellationToken);

    [Obsolete("As in the extension.")]
    public override Task<IList<OrchestrationState>> GetAllOrchestrationStatesWithFilters(
        DateTime createdTimeFrom, DateTime? createdTimeTo, IEnumerable<OrchestrationRuntimeStatus> runtimeStatus,
        CancellationToken cancellationToken) =>
        AllAsync(
            new()
            {
                CreatedTimeFrom = createdTimeFrom,
                CreatedTimeTo = createdTimeTo,
                RuntimeStatus = Statuses(runtimeStatus),
            },
            cancellationToken);

    public override async Task<OrchestrationStatusQueryResult> GetOrchestrationStateWithPagination(
        OrchestrationStatusQueryCondition condition, CancellationToken cancellationToken)
    {
        var result = await service.GetOrchestrationWithQueryAsync(
            new()
            {
                CreatedTimeFrom = condition.CreatedTimeFrom,
                CreatedTimeTo = condition.CreatedTimeTo == default ? null : condition.CreatedTimeTo,
                RuntimeStatus = Statuses(condition.RuntimeStatus),
                TaskHubNames = condition.TaskHubNames?.ToList(),
                InstanceIdPrefix = condition.InstanceIdPrefix,
                PageSize = condition.PageSize,
                ContinuationToken = condition.ContinuationToken,
            },
            condition.ShowInput, cancellationToken);
        return new()
        {
            DurableOrchestrationState = [.. result.OrchestrationState.Select(Status)],
            ContinuationToken = result.ContinuationToken,
        };
    }

    public override async Task<PurgeHistoryResult> PurgeInstanceHistoryByInstanceId(string instanceId) =>
        new((await service.PurgeInstanceStateAsync(instanceId)).DeletedInstanceCount);

    public override async Task<int> PurgeHistoryByFilters(
        DateTime createdTimeFrom, DateTime? createdTimeTo, IEnumerable<OrchestrationStatus> runtimeStatus) =>
        (await service.PurgeInstanceStateAsync(new PurgeInstanceFilter(createdTimeFrom, createdTimeTo, runtimeStatus)))
            .DeletedInstanceCount;

    public override Task RewindAsync(string instanceId, string reason) =>
        service.RewindTaskOrchestrationAsync(instanceId, reason);

    public override async Task<IAsyncEnumerable<HistoryEvent>> StreamOrchestrationHistoryAsync(
        string instanceId, CancellationToken cancellationToken) =>
        Each(await service.GetOrchestrationEventsAsync(instanceId));

    static async IAsyncEnumerable<HistoryEvent> Each(IEnumerable<HistoryEvent> events)
    {
        foreach (var happened in events)
            yield return happened;
        await Task.CompletedTask;
    }

    async Task<IList<OrchestrationState>> AllAsync(OrchestrationQuery query, CancellationToken cancellation)
    {
        List<OrchestrationState> all = [];
        query.PageSize = 1_000;
        do
        {
            var page = await service.GetOrchestrationWithQueryAsync(query, cancellation);
            all.AddRange(page.OrchestrationState);
            query.ContinuationToken = page.ContinuationToken;
        }
        while (query.ContinuationToken is not null);
        return all;
    }

    static List<OrchestrationStatus>? Statuses(IEnumerable<OrchestrationRuntimeStatus>? statuses) =>
        statuses?.Where(status => status != OrchestrationRuntimeStatus.Unknown)
            .Select(status => (OrchestrationStatus)status).ToList();

    static DurableOrchestrationStatus Status(OrchestrationState state) => new()
    {
        Name = state.Name,
        InstanceId = state.OrchestrationInstance.InstanceId,
        CreatedTime = state.CreatedTime,
        LastUpdatedTime = state.LastUpdatedTime,
        RuntimeStatus = (OrchestrationRuntimeStatus)state.OrchestrationStatus,
        CustomStatus = Token(state.Status),
        Input = Token(state.Input),
        Output = Token(state.Output),
    };

    /// <summary>What the extension's own status shows: JSON where it is JSON, else text.</summary>
    static JToken Token(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return JValue.CreateNull();
        try
        {
            using var reader = new Newtonsoft.Json.JsonTextReader(new StringReader(text))
            {
                DateParseHandling = Newtonsoft.Json.DateParseHandling.None,
            };
            return JToken.ReadFrom(reader);
        }
        catch (Newtonsoft.Json.JsonException)
        {
            return text;
        }
    }
}
