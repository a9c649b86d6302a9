-- What a person prefers; without a row, what the columns have by default.
create table ops.user_preference (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references ops.user_account (id) on delete cascade,
    selected_provider varchar(50),
    selected_model varchar(100),
    selected_framework varchar(50) not null default 'roses',
    theme varchar(20) not null default 'dark',
    language varchar(10) not null default 'en',
    enable_notifications boolean not null default true,
    enable_analytics boolean not null default true,
    enable_history boolean not null default true,
    enable_feedback boolean not null default true,
    max_history_days integer not null default 30,
    auto_cleanup boolean not null default true,
    preferences jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_preference_once unique (user_id),
    constraint user_preference_framework_known check (
        selected_framework in ('roses', 'ape', 'tag', 'era', 'race', 'rise', 'care', 'coast', 'trace')),
    constraint user_preference_theme_known check (theme in ('light', 'dark', 'system')),
    constraint user_preference_language_is_a_tag check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    constraint user_preference_max_history_days_in_range check (max_history_days between 1 and 3650),
    constraint user_preference_preferences_is_object check (jsonb_typeof(preferences) = 'object')
);

select ops.isolate_user('ops.user_preference');
select ops.audit('ops.user_preference');

-- Secrets that are mailed, each for one purpose, once, until it expires. Of one purpose a person has one.
create table ops.account_token (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references ops.user_account (id) on delete cascade,
    purpose varchar(30) not null,
    token_hash bytea not null,
    email varchar(255) not null,
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    constraint account_token_hash_unique unique (token_hash),
    constraint account_token_hash_is_sha256 check (octet_length(token_hash) = 32),
    constraint account_token_one_a_purpose unique (user_id, purpose),
    constraint account_token_purpose_known check (purpose in ('password_reset', 'email_verification'))
);

select ops.isolate_user('ops.account_token');

-- Keeps a token for the account with this address; no row when there is none. Nobody has signed in.
create function ops.begin_password_reset(wanted text, hash bytea, lifetime interval)
    returns table (email varchar, name varchar)
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with account as (
        select u.id, u.email, u.name from ops.user_account u where lower(u.email) = lower(wanted) and u.is_active
    ), kept as (
        insert into ops.account_token (user_id, purpose, token_hash, email, expires_at)
        select account.id, 'password_reset', hash, account.email, now() + lifetime from account
        on conflict on constraint account_token_one_a_purpose do update
        set token_hash = excluded.token_hash, email = excluded.email, expires_at = excluded.expires_at,
            created_at = now()
    )
    select account.email, account.name from account
    $$;

-- Whose password a token may set, if that is still their address.
create function ops.find_password_reset(hash bytea) returns table (user_id uuid, email varchar)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select t.user_id, t.email
    from ops.account_token t
    join ops.user_account u on u.id = t.user_id and u.email = t.email and u.is_active
    where t.token_hash = hash and t.purpose = 'password_reset' and t.expires_at > now()
    $$;

-- Revokes the current user's API keys, in whatever organization they are.
create function ops.revoke_own_keys() returns void
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    update ops.api_key set revoked_at = now(), updated_at = now()
    where user_id = ops.current_user_id() and revoked_at is null
    $$;

-- How often somebody tried something that must not be tried often: to sign in to an account, or from an address. What a
-- crash of the server loses here is forgiven.
create unlogged table ops.attempt (
    key bytea primary key,
    attempts integer not null default 0,
    blocked_until timestamptz not null default '-infinity',
    last_attempt_at timestamptz not null default now(),
    constraint attempt_key_is_sha256 check (octet_length(key) = 32)
);

create index attempt_last on ops.attempt (last_attempt_at);

-- Counts an attempt under several keys before it is known how it ends, so that attempts at the same time count as well.
-- Answers how many seconds to wait; 0 is to go on. Each key has some attempts free; then each doubles the wait until
-- the next, from a second to a quarter of an hour. What is refused does not count. A day later all is forgotten.
create function ops.take_attempt(wanted bytea[], free integer[]) returns integer
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    seconds double precision;
begin
    insert into ops.attempt (key) select distinct unnest(wanted) order by 1 on conflict do nothing;
    perform from ops.attempt where key = any (wanted) order by key for update;
    select extract(epoch from max(blocked_until) - clock_timestamp()) into seconds
    from ops.attempt where key = any (wanted) and blocked_until > '-infinity';
    if seconds > 0 then
        return ceil(seconds);
    end if;

    update ops.attempt a
    set attempts = counted.attempts,
        blocked_until = case when counted.attempts < counted.free then '-infinity'::timestamptz
            else clock_timestamp() + least(900, 2 ^ least(20, counted.attempts - counted.free)) * interval '1 second'
            end,
        last_attempt_at = clock_timestamp()
    from (
        select k.key, k.free,
            case when b.last_attempt_at < clock_timestamp() - interval '1 day' then 1 else b.attempts + 1 end
                as attempts
        from unnest(wanted, free) k (key, free)
        join ops.attempt b on b.key = k.key
    ) counted
    where a.key = counted.key;
    if random() < 0.01 then
        delete from ops.attempt where key in (
            select key from ops.attempt where last_attempt_at < clock_timestamp() - interval '1 day'
            limit 1000 for update skip locked);
    end if;
    return 0;
end
$$;

-- An attempt that succeeded: the account's count begins anew, the address's loses this one.
create function ops.forgive_attempt(account bytea, client bytea) returns void
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    delete from ops.attempt where key = account;
    update ops.attempt set attempts = greatest(0, attempts - 1), blocked_until = '-infinity' where key = client
    $$;

grant select, insert, update (selected_provider, selected_model, selected_framework, theme, language,
    enable_notifications, enable_analytics, enable_history, enable_feedback, max_history_days, auto_cleanup,
    preferences, updated_at) on ops.user_preference to assay_app;
grant select, insert, update (token_hash, email, expires_at, created_at), delete on ops.account_token to assay_app;
grant execute on function ops.begin_password_reset(text, bytea, interval), ops.find_password_reset(bytea),
    ops.revoke_own_keys(), ops.take_attempt(bytea[], integer[]), ops.forgive_attempt(bytea, bytea) to assay_app;
