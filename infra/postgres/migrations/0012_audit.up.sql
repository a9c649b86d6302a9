-- Every change of a row that matters becomes an event in the same transaction, whatever statement makes it. See
-- infra/decisions/0010.

-- What a person does to their own account belongs to no organization: only they see it.
alter table ops.event
    alter column organization_id drop not null,
    add column user_id uuid;
create policy own_account on ops.event for select to assay_app
    using (organization_id is null and user_id = (select ops.current_user_id()));
create index event_user on ops.event (user_id, created_at desc, id desc) where organization_id is null;

-- What was done: a row's new status, or the time that was set (revoked_at is "revoked"), or simply "updated".
create function ops.action_of(operation text, before jsonb, after jsonb) returns text
    language sql immutable
    as $$
    select case
        when operation = 'INSERT' then 'created'
        when operation = 'DELETE' then 'deleted'
        when after ->> 'status' is not null then after ->> 'status'
        else coalesce(
            (select left(key, -3) from jsonb_each(after)
            where key like '%\_at' and value <> 'null' and before -> key = 'null'
            order by key limit 1),
            'updated')
    end
    $$;

-- The trigger's one argument: the columns that no event tells of.
create function ops.record_event() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    -- kind|id|request|address of who acts, as the app sets it; background work sets nothing.
    actor text[] := string_to_array(nullif(current_setting('assay.actor', true), ''), '|');
    before jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - tg_argv[0]::text[] end;
    after jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - tg_argv[0]::text[] end;
    entity jsonb := coalesce(after, before);
    id uuid := (entity ->> 'id')::uuid;
    organization uuid := case when tg_relid = 'ops.organization'::regclass then id
        else (entity ->> 'organization_id')::uuid end;
begin
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(key, before -> key), jsonb_object_agg(key, value) into before, after
        from jsonb_each(after)
        where value is distinct from before -> key;
        if after is null then
            return null;
        end if;
    end if;
    -- A whole organization that goes takes its events along.
    if tg_op <> 'INSERT' and organization is not null
        and not exists (select from ops.organization o where o.id = organization)
    then
        return null;
    end if;

    insert into ops.event (organization_id, user_id, entity_type, entity_id, action, actor_type, actor_id,
        before_state, after_state, request_id, address)
    values (
        organization,
        case when tg_relid = 'ops.user_account'::regclass then id else (entity ->> 'user_id')::uuid end,
        tg_table_name, id, ops.action_of(tg_op, before, after),
        coalesce(actor[1], 'system'), nullif(actor[2], '')::uuid, before, after, nullif(actor[3], ''),
        nullif(actor[4], '')::inet);
    return null;
end
$$;

-- Records the changes of a table. Left out are the given columns, and by themselves: bytes and vectors, where secrets
-- and derived data are; times of writing, which the event has; and what is written lazily at every use.
create function ops.audit(audited regclass, variadic omitted text[] default '{}') returns void
    language plpgsql
    as $$
begin
    select array_agg(attname::text order by attnum) into omitted
    from pg_attribute
    where attrelid = audited and attnum > 0 and not attisdropped
        and (attname = any (omitted)
            or atttypid::regtype::text in ('bytea', 'tsvector', 'vector', 'halfvec')
            or attname in ('created_at', 'updated_at', 'transaction_id', 'usage_count')
            or attname like 'last\_%\_at');
    execute format(
        'create trigger audit after insert or update or delete on %s '
        'for each row execute function ops.record_event(%L)',
        audited, omitted);
end
$$;

select ops.audit('ops.organization');
select ops.audit('ops.organization_user');
select ops.audit('ops.invitation');
select ops.audit('ops.api_key');
-- The text of a document is derived from its file.
select ops.audit('core.document', 'extracted_text');
select ops.audit('core.analysis_result');
select ops.audit('core.judge_rubric');
select ops.audit('core.judge_criterion');

-- What administrators look for.
create index event_type_newest on ops.event (organization_id, entity_type, created_at desc, id desc);
create index event_actor on ops.event (actor_id, created_at desc) where actor_id is not null;

revoke insert on ops.event from assay_app;
