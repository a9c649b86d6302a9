using Npgsql;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Messages for instances that are named by their ids, from clients and from other instances.</summary>
internal static class MessageRows
{
    /// <summary>For instances that do not exist or have ended nothing is written.</summary>
    public static NpgsqlBatchCommand Insert(
        Database database, string hub, NpgsqlParameter instanceIds, NpgsqlParameter executionIds,
        NpgsqlParameter events) =>
        database.Command(
            """
            insert into durable_task.message (hub, instance_key, execution_id, event)
            select $1, i.key, m.execution_id, m.event
            from unnest($2, $3, $4) with ordinality m (instance_id, execution_id, event, place)
            join durable_task.instance i on i.hub = $1 and i.instance_id = m.instance_id
            where i.completed_at is null
            order by m.place
            """,
            hub, instanceIds, executionIds, events);
}
