-- One expression, which the planner puts in the place of the call, though the proof of a share's link is checked twice.
create or replace function ops.current_share() returns uuid
    language sql stable parallel safe
    as $$ select case when (ops.proved_scope())[5] = 'share' then (ops.proved_scope())[6]::uuid end $$;
