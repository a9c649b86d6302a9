-- Who computes, for everybody. models is what can be asked for there: id, contextTokens, and USD a million tokens as
-- inputPrice and outputPrice. validation_rules say how a key is tried: path below the base URL, header that takes the
-- key, prefix of the key there, other headers. A provider without rules takes no key; one without a base URL is at an
-- address of each credential's own.
create table ops.provider (
    id uuid primary key default gen_random_uuid(),
    name varchar(50) not null,
    display_name varchar(100) not null,
    base_url text,
    api_key_pattern text,
    max_requests_per_minute integer not null default 60,
    max_requests_per_day integer not null default 1000,
    models jsonb not null default '[]',
    validation_rules jsonb,
    is_active boolean not null default true,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint provider_name_unique unique (name),
    constraint provider_name_is_url_friendly check (name ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
    constraint provider_display_name_not_blank check (display_name !~ '^\s*$'),
    constraint provider_max_requests_per_minute_positive check (max_requests_per_minute > 0),
    constraint provider_max_requests_per_day_positive check (max_requests_per_day > 0),
    constraint provider_models_is_array check (jsonb_typeof(models) = 'array'),
    constraint provider_validation_rules_is_object check (jsonb_typeof(validation_rules) = 'object')
);

-- A key for a provider: the organization's, or a user's own there. ciphertext holds the data key under the key that
-- encryption_key_id names; a name and a version of a key vault's are longer than the 100 characters of a plain id.
create table ops.provider_credential (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    user_id uuid references ops.user_account (id) on delete cascade,
    provider_id uuid not null references ops.provider (id),
    name varchar(100) not null,
    base_url text,
    ciphertext bytea not null,
    encryption_key_id varchar(200) not null,
    last_four varchar(4),
    is_active boolean not null default true,
    is_validated boolean not null default false,
    validated_at timestamptz,
    validation_error text,
    usage_count bigint not null default 0,
    last_used_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint provider_credential_name_unique unique nulls not distinct (organization_id, user_id, provider_id, name),
    constraint provider_credential_name_not_blank check (name !~ '^\s*$'),
    constraint provider_credential_validated_without_error check (not is_validated or validation_error is null),
    constraint provider_credential_usage_count_not_negative check (usage_count >= 0)
);

create index provider_credential_newest on ops.provider_credential (organization_id, id desc);
create index provider_credential_user on ops.provider_credential (user_id);
create index provider_credential_provider on ops.provider_credential (provider_id);

select ops.isolate_organization('ops.provider_credential');

-- Within the organization, what is a person's own is nobody else's.
create policy own_or_shared on ops.provider_credential as restrictive to assay_app
    using (user_id is null or user_id = (select ops.current_user_id()))
    with check (user_id is null or user_id = (select ops.current_user_id()));

select ops.audit('ops.provider');
-- Under which key a secret is sealed is no change of it.
select ops.audit('ops.provider_credential', 'encryption_key_id');

grant select, update (display_name, base_url, api_key_pattern, max_requests_per_minute, max_requests_per_day, models,
    validation_rules, is_active, version, updated_at) on ops.provider to assay_app;
grant select, delete, insert (id, organization_id, user_id, provider_id, name, base_url, ciphertext,
    encryption_key_id, last_four), update (name, base_url, ciphertext, encryption_key_id, last_four, is_active,
    is_validated, validated_at, validation_error, usage_count, last_used_at, version, updated_at)
    on ops.provider_credential to assay_app;

-- Keys are rotated by this role: it sees no name and no owner.
grant select (id, ciphertext, encryption_key_id), update (ciphertext, encryption_key_id)
    on ops.provider_credential to assay_job;

-- Limits, models and prices are as published when this was written, and are there to be edited.
insert into ops.provider (name, display_name, base_url, api_key_pattern, max_requests_per_minute,
    max_requests_per_day, models, validation_rules)
values
    ('built-in', 'Built-in', null, null, 600, 100000,
        '[{"id": "assay-hash-384", "contextTokens": 8192, "inputPrice": 0, "outputPrice": 0}]', null),
    ('openai', 'OpenAI', 'https://api.openai.com/v1', '^sk-[A-Za-z0-9_-]{20,}$', 60, 1000,
        '[{"id": "gpt-4o", "contextTokens": 128000, "inputPrice": 2.50, "outputPrice": 10.00},
          {"id": "gpt-4o-mini", "contextTokens": 128000, "inputPrice": 0.15, "outputPrice": 0.60},
          {"id": "gpt-4.1", "contextTokens": 1047576, "inputPrice": 2.00, "outputPrice": 8.00},
          {"id": "gpt-4.1-mini", "contextTokens": 1047576, "inputPrice": 0.40, "outputPrice": 1.60},
          {"id": "text-embedding-3-small", "contextTokens": 8191, "inputPrice": 0.02, "outputPrice": 0},
          {"id": "text-embedding-3-large", "contextTokens": 8191, "inputPrice": 0.13, "outputPrice": 0}]',
        '{"path": "/models", "header": "Authorization", "prefix": "Bearer "}'),
    ('anthropic', 'Anthropic', 'https://api.anthropic.com/v1', '^sk-ant-[A-Za-z0-9_-]{20,}$', 60, 1000,
        '[{"id": "claude-opus-4-20250514", "contextTokens": 200000, "inputPrice": 15.00, "outputPrice": 75.00},
          {"id": "claude-sonnet-4-20250514", "contextTokens": 200000, "inputPrice": 3.00, "outputPrice": 15.00},
          {"id": "claude-3-5-haiku-20241022", "contextTokens": 200000, "inputPrice": 0.80, "outputPrice": 4.00}]',
        '{"path": "/models", "header": "x-api-key", "headers": {"anthropic-version": "2023-06-01"}}'),
    ('gemini', 'Google Gemini', 'https://generativelanguage.googleapis.com/v1beta',
        '^(AIza[A-Za-z0-9_-]{35}|AQ\.[A-Za-z0-9_.-]{20,})$', 60, 1000,
        '[{"id": "gemini-2.5-pro", "contextTokens": 1048576, "inputPrice": 1.25, "outputPrice": 10.00},
          {"id": "gemini-2.5-flash", "contextTokens": 1048576, "inputPrice": 0.30, "outputPrice": 2.50},
          {"id": "gemini-2.5-flash-lite", "contextTokens": 1048576, "inputPrice": 0.10, "outputPrice": 0.40}]',
        '{"path": "/models", "header": "x-goog-api-key"}'),
    ('azure-openai', 'Azure OpenAI', null, '^[A-Za-z0-9]{32,}$', 60, 1000,
        '[{"id": "gpt-4o", "contextTokens": 128000, "inputPrice": 2.50, "outputPrice": 10.00},
          {"id": "gpt-4o-mini", "contextTokens": 128000, "inputPrice": 0.15, "outputPrice": 0.60}]',
        '{"path": "/models", "header": "api-key"}'),
    ('self-hosted', 'Self-hosted, OpenAI-compatible', null, null, 600, 100000, '[]',
        '{"path": "/models", "header": "Authorization", "prefix": "Bearer "}');
