create or replace function ops.current_share() returns uuid
    language sql stable parallel safe
    as $$
    select case when scope[5] = 'share' then scope[6]::uuid end from (select ops.proved_scope() as scope) proved
    $$;
