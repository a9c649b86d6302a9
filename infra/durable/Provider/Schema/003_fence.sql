-- First statement of every commit of a worker: proves that it still holds its lease, and renews it; and that it owns
-- instances of which it only takes messages. What a commit changes it proves to own by the change itself, see expect.
create or replace function durable_task.fence(worker_id bigint, number bigint, instances bigint[]) returns void
language plpgsql as $$
declare
    applied bigint;
    owned bigint;
begin
    -- A plan that was made while a table was small is kept; it must not read all of one that has grown since.
    perform set_config('enable_seqscan', 'off', true);
    update durable_task.worker
    set commits = number, lease_until = clock_timestamp() + lease
    where id = worker_id and commits = number - 1;
    if not found then
        select commits into applied from durable_task.worker where id = worker_id;
        if applied = number then
            raise exception using errcode = 'DT002', message = 'this commit has been applied before';
        end if;
        raise exception using errcode = 'DT001', message = 'worker ' || worker_id || ' lost its lease';
    end if;
    if cardinality(instances) = 0 then
        return;
    end if;
    select count(*) into owned
    from (
        select from durable_task.instance
        where key = any(instances) and owner = worker_id
        order by key
        for no key update) o;
    perform durable_task.expect(owned, cardinality(instances));
end
$$;

-- Fails the commit unless as many instances were found in the worker's possession as it believes to own.
create function durable_task.expect(changed bigint, wanted bigint) returns void
language plpgsql as $$
begin
    if changed <> wanted then
        raise exception using errcode = 'DT003', message = 'an instance was replaced or purged';
    end if;
end
$$;
