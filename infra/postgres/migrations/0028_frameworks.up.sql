-- How prompts are laid out. organization_id null: built in, for every organization to read. components is an array of
-- key, title, guidance, required and signals, the phrases that tell it in a text; examples is an array of title and
-- components, by their keys.
create table core.framework (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid references ops.organization (id) on delete cascade,
    name varchar(50) not null,
    title varchar(100) not null,
    description varchar(2000) not null,
    when_to_use varchar(2000) not null,
    components jsonb not null,
    template text not null,
    examples jsonb not null default '[]',
    intents text[] not null default '{}',
    sort_order integer not null default 0,
    is_enabled boolean not null default true,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint framework_name_unique unique nulls not distinct (organization_id, name),
    constraint framework_name_is_url_friendly check (name ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$'),
    constraint framework_title_not_blank check (title !~ '^\s*$'),
    constraint framework_components_is_array check (jsonb_typeof(components) = 'array'),
    constraint framework_examples_is_array check (jsonb_typeof(examples) = 'array'),
    constraint framework_version_positive check (version > 0)
);

select ops.isolate_organization('core.framework');
create policy built_in on core.framework for select to assay_app using (organization_id is null);
select ops.audit('core.framework');

with signal (key, phrases) as (values
    ('role', array['act as', 'as a', 'as an', 'you are', 'you''re a', 'your role', 'in the role of', 'expert in',
        'from the perspective of', 'in the voice of', 'imagine you', 'pretend', 'persona']),
    ('context', array['background', 'context', 'currently', 'because', 'since', 'we are', 'we have', 'our', 'my',
        'i am', 'i''m', 'i have', 'given that', 'audience', 'readers', 'customers', 'for a', 'for an', 'who']),
    ('scenario', array['situation', 'scenario', 'suppose', 'imagine', 'when', 'while', 'after', 'currently', 'we are',
        'we have', 'happened', 'the case', 'problem is', 'struggling', 'in case']),
    ('objective', array['so that', 'in order to', 'objective', 'goal', 'aim', 'to increase', 'to reduce', 'to improve',
        'want to', 'need to', 'would like to', 'purpose']),
    ('goal', array['goal', 'so that', 'in order to', 'to increase', 'to reduce', 'to improve', 'by the end', 'target',
        'until', 'within', 'achieve', 'reach', 'by next']),
    ('purpose', array['so that', 'in order to', 'purpose', 'because', 'to help', 'to convince', 'to announce',
        'to explain', 'to inform', 'to thank', 'which will', 'for our', 'for my', 'announcing']),
    ('expectation', array['words', 'sentences', 'paragraphs', 'bullets', 'bullet points', 'lines', 'pages', 'tone',
        'format', 'style', 'json', 'table', 'csv', 'markdown', 'must', 'should', 'at most', 'at least', 'no more than',
        'under', 'short', 'concise', 'brief', 'formal', 'informal', 'polite', 'friendly', 'upbeat', 'without']),
    ('solution', array['expected', 'outcome', 'result', 'deliver', 'solution', 'recommend', 'recommendation', 'answer',
        'report', 'table', 'json', 'must', 'should', 'at most', 'at least', 'root cause', 'decision']),
    ('result', array['result', 'outcome', 'so that', 'output', 'deliver', 'in the end', 'should', 'must', 'words',
        'format', 'json', 'table', 'at most', 'at least']),
    ('steps', array['step by step', 'step-by-step', 'steps', 'first', 'then', 'next', 'finally', 'after that',
        'process', 'procedure', 'phases', 'in order', 'one by one', 'before you', 'walk me through', 'show the steps']),
    ('actions', array['steps', 'first', 'then', 'finally', 'actions', 'tasks', 'to do', 'phases', 'activities',
        'what should', 'what do i', 'owners', 'milestones']),
    ('input', array['below', 'following', 'attached', 'given', 'here is', 'here are', 'here''s', 'this text',
        'this article', 'this report', 'these', 'the data', 'the figures', 'the transcript', 'the text', 'the log']),
    ('example', array['for example', 'for instance', 'e.g.', 'such as', 'example', 'examples', 'like this', 'sample',
        'in the style of', 'similar to', 'as in', 'one of']),
    ('action', array['write', 'draft', 'compose', 'create', 'make', 'give', 'list', 'suggest', 'summarize', 'summarise',
        'explain', 'describe', 'compare', 'analyze', 'analyse', 'review', 'evaluate', 'translate', 'rewrite', 'shorten',
        'extract', 'find', 'classify', 'label', 'sort', 'plan', 'develop', 'design', 'prepare', 'generate', 'fix',
        'implement', 'calculate', 'solve', 'convert', 'help me', 'tell me', 'show', 'ask', 'answer', 'brainstorm']),
    ('task', array['task', 'your job', 'plan', 'project', 'classify', 'label', 'tag', 'assign', 'extract', 'list',
        'sort', 'build', 'implement', 'write', 'create', 'organize', 'organise', 'schedule', 'prepare', 'translate',
        'convert', 'set up', 'find', 'make']),
    ('request', array['please', 'could you', 'can you', 'i need', 'i want', 'i''d like', 'we need', 'return', 'output',
        'give me', 'tell me', 'answer with', 'reply', 'provide'])
), component (framework, position, key, title, guidance, required) as (values
    ('roses', 1, 'role', 'Role', 'Who answers: a profession, its experience, the side it takes.', true),
    ('roses', 2, 'objective', 'Objective', 'What is to be achieved, in one sentence that can be checked.', true),
    ('roses', 3, 'scenario', 'Scenario', 'The situation: facts, figures, limits and what was tried already.', true),
    ('roses', 4, 'solution', 'Expected solution', 'What a good answer looks like: its form, its extent, what it must '
        'settle.', true),
    ('roses', 5, 'steps', 'Steps', 'The order to work in, where it matters.', false),
    ('ape', 1, 'action', 'Action', 'What to do, beginning with a verb.', true),
    ('ape', 2, 'purpose', 'Purpose', 'What it is for, and whom it serves.', true),
    ('ape', 3, 'expectation', 'Expectation', 'Length, form, tone, and what must or must not be in it.', true),
    ('tag', 1, 'task', 'Task', 'The piece of work, named as one would in a list of tasks.', true),
    ('tag', 2, 'action', 'Action', 'What exactly to do with what is there.', true),
    ('tag', 3, 'goal', 'Goal', 'What it has to lead to, with a number or a date if there is one.', true),
    ('era', 1, 'expectation', 'Expectation', 'What the answer must be like, said first because all else follows '
        'from it.', true),
    ('era', 2, 'role', 'Role', 'Whose knowledge and manner the answer needs.', true),
    ('era', 3, 'action', 'Action', 'What to do, beginning with a verb.', true),
    ('race', 1, 'role', 'Role', 'Who answers.', true),
    ('race', 2, 'action', 'Action', 'What to do, beginning with a verb.', true),
    ('race', 3, 'context', 'Context', 'For whom, where, and what one has to know about it.', true),
    ('race', 4, 'expectation', 'Expectation', 'Length, form, tone, and what must or must not be in it.', true),
    ('rise', 1, 'role', 'Role', 'Who looks at the input.', true),
    ('rise', 2, 'input', 'Input', 'The material itself, or where it is; put it last if it is long.', true),
    ('rise', 3, 'steps', 'Steps', 'What to do with the input, in order.', true),
    ('rise', 4, 'expectation', 'Expectation', 'What comes out: its form, its length, what happens to gaps.', true),
    ('care', 1, 'context', 'Context', 'What the setting is and who is concerned.', true),
    ('care', 2, 'action', 'Action', 'What to do, beginning with a verb.', true),
    ('care', 3, 'result', 'Result', 'What has to be there in the end.', true),
    ('care', 4, 'example', 'Example', 'A short piece of what is wanted, to be imitated.', false),
    ('coast', 1, 'context', 'Context', 'The setting that stays the same.', true),
    ('coast', 2, 'objective', 'Objective', 'What is to be reached.', true),
    ('coast', 3, 'actions', 'Actions', 'What may be done to reach it.', true),
    ('coast', 4, 'scenario', 'Scenario', 'The case at hand, and what makes it special.', true),
    ('coast', 5, 'task', 'Task', 'What to hand over now.', true),
    ('trace', 1, 'task', 'Task', 'The kind of work.', true),
    ('trace', 2, 'request', 'Request', 'What is wanted of it this time.', true),
    ('trace', 3, 'action', 'Action', 'How to go about it, with its rules.', true),
    ('trace', 4, 'context', 'Context', 'Where the material comes from, and who uses the answer.', true),
    ('trace', 5, 'example', 'Example', 'An input with the output that is right for it.', true)
), framework (position, name, title, intents, description, when_to_use, template, examples) as (values
    (1, 'roses', 'R.O.S.E.S', array['analyze', 'solve', 'plan', 'code'],
        'Role, Objective, Scenario, Expected solution, Steps: a full brief for a hard problem.',
        'For problems that need judgment and background: diagnoses, decisions, strategies. Too much for a short text.',
        $$You are {{role}}.

Objective: {{objective}}

Scenario: {{scenario}}

Expected solution: {{solution}}

Work in these steps: {{steps}}$$,
        $$[{"title": "Why customers leave",
            "components": {
                "role": "an analyst who has worked with subscription businesses for ten years",
                "objective": "Find the most probable reason why monthly churn rose from 2 % to 5 % in March.",
                "scenario": "We sell scheduling software to dentists. On 1 March we raised the price of the small plan by 20 % and moved support from the phone to chat. Churn by plan: small 9 %, medium 3 %, large 1 %.",
                "solution": "A ranking of at most three causes, each with the evidence for and against it, and the one figure that would settle it.",
                "steps": "1. Separate the effect of the price from that of the support. 2. Check both against the figures by plan. 3. Rank."}},
          {"title": "A slow query",
            "components": {
                "role": "a PostgreSQL administrator",
                "objective": "Bring a report that takes 14 seconds below one second.",
                "scenario": "orders has 40 million rows, customers 2 million. The query joins both and filters by orders.created_at; the plan shows a sequential scan of orders. More memory is no option.",
                "solution": "The statements to run, the plan to expect after them, and what they cost on writes."}}]$$),
    (2, 'ape', 'A.P.E', array['write', 'summarize', 'brainstorm', 'answer'],
        'Action, Purpose, Expectation: the shortest framework that leaves nothing important out.',
        'For everyday requests that fit in a few lines: a mail, a summary, a list of ideas.',
        $${{action}}

Purpose: {{purpose}}

Expectation: {{expectation}}$$,
        $$[{"title": "A note to a client",
            "components": {
                "action": "Write an e-mail to a client who has renewed the contract for two years.",
                "purpose": "It thanks them and tells them who looks after them from now on: Dana Kovacs.",
                "expectation": "Warm, at most 120 words, no discounts, a subject line."}},
          {"title": "Minutes in brief",
            "components": {
                "action": "Summarize the transcript below.",
                "purpose": "People who missed the meeting need to know what they have to do.",
                "expectation": "At most five bullet points, each with an owner and a date; open questions last."}}]$$),
    (3, 'tag', 'T.A.G', array['plan', 'classify', 'extract', 'summarize'],
        'Task, Action, Goal: work that is measured by what it leads to.',
        'For tasks with a clear end, such as plans, sorting and data entry, where tone does not matter.',
        $$Task: {{task}}

Action: {{action}}

Goal: {{goal}}$$,
        $$[{"title": "A plan to run",
            "components": {
                "task": "Training plan for a first half marathon",
                "action": "Lay out twelve weeks with three runs each; say the distance and the pace of every run.",
                "goal": "Finish on 18 May in under two hours and ten minutes, without an injury."}},
          {"title": "Sorting tickets",
            "components": {
                "task": "Sort the support tickets of last week",
                "action": "Give each ticket one label: billing, bug, feature request or other.",
                "goal": "Each team gets its own tickets, and fewer than one in twenty has to be moved by hand."}}]$$),
    (4, 'era', 'E.R.A', array['translate', 'code', 'rewrite', 'write'],
        'Expectation, Role, Action: says first what the answer must be like.',
        'Where the form of the answer is fixed and the rest is routine: translations, code to a standard, edits.',
        $$The answer must be like this: {{expectation}}

You are {{role}}.

{{action}}$$,
        $$[{"title": "A clause in English",
            "components": {
                "expectation": "English legal register, one sentence for one sentence, terms of art in the original in brackets.",
                "role": "a sworn translator for German contract law",
                "action": "Translate the clause on liability below into English."}},
          {"title": "A function to a standard",
            "components": {
                "expectation": "Python 3.12 with type hints, no dependencies, a docstring, and three pytest cases.",
                "role": "a maintainer of a date library",
                "action": "Write a function that returns the ISO week of a date."}}]$$),
    (5, 'race', 'R.A.C.E', array['write', 'answer', 'converse', 'translate'],
        'Role, Action, Context, Expectation: four lines for a text with a reader in mind.',
        'For texts and explanations that depend on who speaks and who listens.',
        $$You are {{role}}.

{{action}}

Context: {{context}}

Expectation: {{expectation}}$$,
        $$[{"title": "Telling the neighbors",
            "components": {
                "role": "the site manager of a small building firm",
                "action": "Write a letter to the neighbors about the noise of next week's work.",
                "context": "Two families with babies live next door; drilling is allowed from 8 to 12 and from 2 to 5.",
                "expectation": "Half a page, polite, with the times as a list and a telephone number."}},
          {"title": "Inflation for a class",
            "components": {
                "role": "a teacher of fourteen-year-olds",
                "action": "Explain what inflation is.",
                "context": "The class has just learned percentages, and knows nothing of central banks.",
                "expectation": "One example with pocket money, at most 200 words, one question to think about at the end."}}]$$),
    (6, 'rise', 'R.I.S.E', array['analyze', 'summarize', 'extract', 'code'],
        'Role, Input, Steps, Expectation: material goes in, something defined comes out.',
        'When there is a document, a log or data to work through in a certain order.',
        $$You are {{role}}.

Follow these steps: {{steps}}

Expectation: {{expectation}}

Input:
{{input}}$$,
        $$[{"title": "Data from an invoice",
            "components": {
                "role": "a bookkeeper",
                "input": "Invoice 2026-0117 of 3 March 2026. Paper, 40 packs, 4.20 each. VAT 20 %. Payable within 14 days.",
                "steps": "1. Find number, date, net sum, VAT and due date. 2. Compute what is not stated. 3. Check the sum.",
                "expectation": "JSON with the members number, date, net, vat, gross and due; null for what cannot be found."}},
          {"title": "An outage",
            "components": {
                "role": "an engineer on call",
                "input": "09:02 deploy of release 41; 09:04 errors at 12 %; 09:20 rollback; 09:23 errors at 0.1 %",
                "steps": "1. Write the course of events. 2. Name the trigger and the cause. 3. Name what would have caught it.",
                "expectation": "A report without blame, at most one page, with three actions and an owner for each."}}]$$),
    (7, 'care', 'C.A.R.E', array['rewrite', 'write', 'classify', 'brainstorm'],
        'Context, Action, Result, Example: shows what is wanted instead of describing it.',
        'When a style or a format is easier to show than to tell.',
        $$Context: {{context}}

{{action}}

Result: {{result}}

Example: {{example}}$$,
        $$[{"title": "Names for a bakery",
            "components": {
                "context": "We open a vegan bakery in Leeds, in a street with many students.",
                "action": "Suggest names for it.",
                "result": "Ten names of one or two words that nobody has to spell on the telephone.",
                "example": "Second Rise"}},
          {"title": "A kinder refusal",
            "components": {
                "context": "Our support answers about 30 requests for refunds a day that are too late.",
                "action": "Rewrite the refusal below so that it blames nobody.",
                "result": "At most four sentences: thanks, the rule, what is still possible, an offer to help.",
                "example": "Thank you for writing. Refunds are possible for 30 days; yours ended on 4 May. What we can do is ..."}}]$$),
    (8, 'coast', 'C.O.A.S.T', array['plan', 'converse', 'brainstorm', 'solve'],
        'Context, Objective, Actions, Scenario, Task: a setting, a case in it, and what to do about it.',
        'For exercises, plans and role plays in which the same setting meets different cases.',
        $$Context: {{context}}

Objective: {{objective}}

Actions that are open: {{actions}}

Scenario: {{scenario}}

Task: {{task}}$$,
        $$[{"title": "Practising a refund",
            "components": {
                "context": "A shop for bicycles; staff are new and learn to deal with complaints.",
                "objective": "The customer leaves satisfied, and the rules are kept.",
                "actions": "Listen, ask, explain the rule, offer a repair or a voucher, fetch the manager.",
                "scenario": "A customer wants money back for a saddle without a receipt and is getting louder.",
                "task": "Play the customer. Speak one or two sentences at a time, and wait for my answers."}},
          {"title": "Moving an office",
            "components": {
                "context": "A firm of 40 people with its own server room.",
                "objective": "Be able to work in the new office on Monday, 1 October.",
                "actions": "Movers on any day, two free weekends, a second line for three months.",
                "scenario": "The new line may come a week late.",
                "task": "Lay out the phases with dependencies and the latest day for each decision."}}]$$),
    (9, 'trace', 'T.R.A.C.E', array['classify', 'extract', 'translate', 'rewrite', 'solve'],
        'Task, Request, Action, Context, Example: repeatable work with an example to follow.',
        'For prompts that run many times over different inputs and must answer alike each time.',
        $$Task: {{task}}

Request: {{request}}

How to go about it: {{action}}

Context: {{context}}

Example:
{{example}}$$,
        $$[{"title": "Sentiment of reviews",
            "components": {
                "task": "Sentiment of product reviews",
                "request": "Answer with one word for the review that follows: positive, negative or neutral.",
                "action": "Go by what the writer says of the product; leave out delivery and price.",
                "context": "The reviews are of headphones, often with irony, and a program reads the answer.",
                "example": "Great, it broke after a day. -> negative"}},
          {"title": "Fields from a message",
            "components": {
                "task": "Order data from e-mails",
                "request": "Return the customer number, the article and the quantity as JSON.",
                "action": "Copy values as they are written; use null where one is missing; never guess.",
                "context": "Customers write in a hurry; a quantity without a unit is pieces.",
                "example": "Hi, 20 of the blue mugs for K-118 please -> {\"customer\": \"K-118\", \"article\": \"blue mugs\", \"quantity\": 20}"}}]$$)
)
insert into core.framework (id, name, title, description, when_to_use, components, template, examples, intents,
    sort_order)
select ('00000000-0000-7000-8000-0000000002' || lpad(f.position::text, 2, '0'))::uuid, f.name, f.title, f.description,
    f.when_to_use, c.components, f.template, f.examples::jsonb, f.intents, f.position
from framework f
cross join lateral (
    select jsonb_agg(
        jsonb_build_object('key', c.key, 'title', c.title, 'guidance', c.guidance, 'required', c.required, 'signals',
            to_jsonb(s.phrases))
        order by c.position) as components
    from component c
    join signal s on s.key = c.key
    where c.framework = f.name
) c;

grant select, delete on core.framework to assay_app;
grant insert (id, organization_id, name, title, description, when_to_use, components, template, examples, intents,
    sort_order, is_enabled) on core.framework to assay_app;
grant update (title, description, when_to_use, components, template, examples, intents, sort_order, is_enabled, version,
    updated_at) on core.framework to assay_app;
grant select on core.framework to assay_job;
