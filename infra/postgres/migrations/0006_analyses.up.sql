-- organization_id null: built in, for every organization to read.
create table core.judge_rubric (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid references ops.organization (id) on delete cascade,
    name varchar(255) not null,
    version integer not null default 1,
    description text,
    meta jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint judge_rubric_version_unique unique nulls not distinct (organization_id, name, version),
    constraint judge_rubric_version_positive check (version > 0),
    constraint judge_rubric_meta_is_object check (jsonb_typeof(meta) = 'object')
);

create table core.judge_criterion (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid references ops.organization (id) on delete cascade,
    rubric_id uuid not null references core.judge_rubric (id) on delete cascade,
    key varchar(100) not null,
    title varchar(255) not null,
    description text,
    weight numeric not null default 1.0,
    position integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint judge_criterion_once unique (rubric_id, key),
    constraint judge_criterion_weight_positive check (weight > 0 and weight <= 100),
    constraint judge_criterion_position_not_negative check (position >= 0)
);

create index judge_criterion_organization on core.judge_criterion (organization_id);

-- A row exists from the request on, so that its text is stored once; its scores arrive together, with 'completed'.
-- entity_id gets its foreign key with the table core.entity.
create table core.analysis_result (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    user_id uuid references ops.user_account (id) on delete set null,
    entity_id uuid,
    document_id uuid references core.document (id) on delete set null,
    rubric_id uuid references core.judge_rubric (id) on delete set null,
    name varchar(255),
    prompt_content text not null,
    status varchar(20) not null default 'pending',
    error text,
    format_type varchar(50) not null default 'auto',
    language varchar(10) not null default 'auto',
    detected_format varchar(50),
    detected_language varchar(10),
    translated boolean not null default false,
    format_valid boolean not null default true,
    overall_score double precision,
    judge_score double precision,
    semantic_entropy double precision,
    complexity_score double precision,
    length_chars integer,
    length_words integer,
    length_tokens integer,
    findings jsonb not null default '[]',
    contradictions jsonb not null default '[]',
    patches jsonb not null default '[]',
    clarify_questions jsonb not null default '[]',
    metadata jsonb not null default '{}',
    completed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    transaction_id xid8 not null default pg_current_xact_id(),
    constraint analysis_result_in_organization unique (organization_id, id),
    constraint analysis_result_status_known check (status in ('pending', 'completed', 'failed')),
    constraint analysis_result_failed_with_error check ((status = 'failed') = (error is not null)),
    constraint analysis_result_complete_with_scores check (status <> 'completed' or num_nulls(detected_format,
        detected_language, overall_score, judge_score, complexity_score, length_chars, length_words, length_tokens,
        completed_at) = 0),
    constraint analysis_result_format_type_known check (format_type in ('auto', 'text', 'markdown', 'xml')),
    constraint analysis_result_detected_format_known check (detected_format in ('text', 'markdown', 'xml')),
    constraint analysis_result_overall_score_in_range check (overall_score between 0 and 10),
    constraint analysis_result_judge_score_in_range check (judge_score between 0 and 10),
    constraint analysis_result_complexity_score_in_range check (complexity_score between 0 and 10),
    constraint analysis_result_semantic_entropy_is_finite
        check (semantic_entropy >= 0 and semantic_entropy < 'Infinity'),
    constraint analysis_result_length_chars_not_negative check (length_chars >= 0),
    constraint analysis_result_length_words_not_negative check (length_words >= 0),
    constraint analysis_result_length_tokens_not_negative check (length_tokens >= 0),
    constraint analysis_result_findings_is_array check (jsonb_typeof(findings) = 'array'),
    constraint analysis_result_contradictions_is_array check (jsonb_typeof(contradictions) = 'array'),
    constraint analysis_result_patches_is_array check (jsonb_typeof(patches) = 'array'),
    constraint analysis_result_clarify_questions_is_array check (jsonb_typeof(clarify_questions) = 'array'),
    constraint analysis_result_metadata_is_object check (jsonb_typeof(metadata) = 'object')
);

create index analysis_result_newest on core.analysis_result (organization_id, created_at desc, id desc);
create index analysis_result_user on core.analysis_result (user_id);
create index analysis_result_entity on core.analysis_result (entity_id) where entity_id is not null;
create index analysis_result_document on core.analysis_result (document_id);
create index analysis_result_rubric on core.analysis_result (rubric_id);
create index analysis_result_unfinished on core.analysis_result (created_at) where status = 'pending';
create index analysis_result_transaction on core.analysis_result (transaction_id);
create trigger analysis_result_stamp before update on core.analysis_result
    for each row execute function ops.stamp_transaction();

create table core.judge_score (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    analysis_id uuid not null,
    criterion_id uuid not null references core.judge_criterion (id),
    score numeric not null,
    comment text,
    evidence jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint judge_score_analysis foreign key (organization_id, analysis_id)
        references core.analysis_result (organization_id, id) on delete cascade,
    constraint judge_score_once unique (analysis_id, criterion_id),
    constraint judge_score_in_range check (score between 0 and 10),
    constraint judge_score_evidence_is_structure check (jsonb_typeof(evidence) in ('object', 'array'))
);

create index judge_score_criterion on core.judge_score (criterion_id);

select ops.isolate_organization('core.judge_rubric');
select ops.isolate_organization('core.judge_criterion');
select ops.isolate_organization('core.analysis_result');
select ops.isolate_organization('core.judge_score');

create policy built_in on core.judge_rubric for select to assay_app using (organization_id is null);
create policy built_in on core.judge_criterion for select to assay_app using (organization_id is null);

insert into core.judge_rubric (id, organization_id, name, description)
values ('00000000-0000-7000-8000-000000000100', null, 'Assay built-in',
    'Judges a prompt by what it tells a model, without calling one. Scores run from 0 to 10.');

insert into core.judge_criterion (id, rubric_id, key, title, description, weight, position)
select ('00000000-0000-7000-8000-0000000001' || lpad(position::text, 2, '0'))::uuid,
    '00000000-0000-7000-8000-000000000100', key, title, description, weight, position
from (values
    (1, 'clarity', 'Clarity', 'One reading: plain sentences, defined terms, no vague quantifiers.', 2.0),
    (2, 'specificity', 'Specificity', 'The task, its subject and its limits are stated, in numbers where it can be.',
        2.0),
    (3, 'structure', 'Structure', 'Instructions, context and data are told apart and come in a sensible order.', 1.0),
    (4, 'context', 'Context', 'Role, audience, purpose and background that the task needs are given.', 1.0),
    (5, 'output_format', 'Output format', 'What the answer looks like: form, length, language, fields.', 1.5),
    (6, 'examples', 'Examples', 'Examples, where they help, agree with the instructions.', 0.5),
    (7, 'consistency', 'Consistency', 'No instruction contradicts or repeats another.', 1.5),
    (8, 'safety', 'Safety', 'Interpolated data cannot pass for instructions; what to do when unsure is said.', 1.0)
) as criterion (position, key, title, description, weight);

grant select, insert, update on core.judge_rubric, core.judge_criterion to assay_app;
grant select, insert, update, delete on core.analysis_result, core.judge_score to assay_app;
grant select on core.judge_rubric, core.judge_criterion, core.analysis_result, core.judge_score to assay_job;
