-- Ways to get better answers, and what people want of a model. Both are the same for every organization, and change by
-- migrations. template is text with the place {{input}}; reference is an object of title, authors, year and url.
create table core.technique (
    key varchar(50) primary key,
    title varchar(100) not null,
    description varchar(2000) not null,
    when_to_use varchar(2000) not null,
    template text not null,
    reference jsonb not null,
    sort_order integer not null,
    constraint technique_key_is_url_friendly check (key ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$'),
    constraint technique_has_input check (strpos(template, '{{input}}') > 0),
    constraint technique_reference_is_object check (jsonb_typeof(reference) = 'object')
);

-- patterns are regular expressions of .NET, matched in any case, given up after a second;
-- keywords are single words, matched by their stems. techniques are the best ones first.
create table core.intent (
    key varchar(50) primary key,
    title varchar(100) not null,
    description varchar(2000) not null,
    patterns text[] not null,
    keywords text[] not null,
    techniques text[] not null,
    sort_order integer not null,
    updated_at timestamptz not null default now(),
    constraint intent_key_is_url_friendly check (key ~ '^[a-z]([a-z0-9-]*[a-z0-9])?$')
);

insert into core.technique (sort_order, key, title, description, when_to_use, template, reference)
values
    (1, 'zero-shot', 'Zero-shot', 'States the task and nothing else: no examples, no reasoning to imitate.',
        'First, always: what a plain instruction achieves is what other techniques have to beat.',
        $${{input}}

Answer directly. If something is missing that you need, say what it is.$$,
        '{"title": "Finetuned Language Models Are Zero-Shot Learners", "authors": "Wei et al.", "year": 2021,
          "url": "https://arxiv.org/abs/2109.01652"}'),
    (2, 'few-shot', 'Few-shot', 'Shows a handful of inputs with the right outputs before the one that counts.',
        'For formats, labels and styles that are easier to show than to tell. Mix the labels, and include a hard case.',
        $$Do as in these examples.

Input: {{example_1_input}}
Output: {{example_1_output}}

Input: {{example_2_input}}
Output: {{example_2_output}}

Input: {{input}}
Output:$$,
        '{"title": "Language Models are Few-Shot Learners", "authors": "Brown et al.", "year": 2020,
          "url": "https://arxiv.org/abs/2005.14165"}'),
    (3, 'chain-of-thought', 'Chain of thought', 'Has the model write down its reasoning before the answer.',
        'For arithmetic, logic and decisions of several steps. It costs tokens, and does little for lookups.',
        $${{input}}

Think step by step. Then give the answer alone on the last line, after "Answer:".$$,
        '{"title": "Chain-of-Thought Prompting Elicits Reasoning in Large Language Models", "authors": "Wei et al.",
          "year": 2022, "url": "https://arxiv.org/abs/2201.11903"}'),
    (4, 'role', 'Role', 'Says who answers, and so which knowledge, vocabulary and manner to use.',
        'For texts and conversations whose tone depends on the speaker, and for advice from a profession.',
        $$You are {{role}}. Stay in this role, and use its words.

{{input}}$$,
        '{"title": "Better Zero-Shot Reasoning with Role-Play Prompting", "authors": "Kong et al.", "year": 2023,
          "url": "https://arxiv.org/abs/2308.07702"}'),
    (5, 'step-back', 'Step-back', 'Asks for the general principle first, and then for the case at hand.',
        'When details mislead: questions of science, law or design whose answer follows from a principle.',
        $$First name the general principle or concept behind the question below, and state it in two sentences.
Then use it to answer.

Question: {{input}}$$,
        '{"title": "Take a Step Back: Evoking Reasoning via Abstraction in Large Language Models",
          "authors": "Zheng et al.", "year": 2023, "url": "https://arxiv.org/abs/2310.06117"}'),
    (6, 'self-consistency', 'Self-consistency', 'Samples several lines of reasoning, and takes the answer that most of '
        'them reach.',
        'For problems with one short right answer, where a single line of reasoning is too often wrong. Costs as many '
        'times as much as there are samples.',
        $${{input}}

Reason step by step, and end with "Answer:" and the answer alone.

(Send this several times at a temperature above 0, and take the answer that comes most often.)$$,
        '{"title": "Self-Consistency Improves Chain of Thought Reasoning in Language Models", "authors": "Wang et al.",
          "year": 2022, "url": "https://arxiv.org/abs/2203.11171"}'),
    (7, 'least-to-most', 'Least-to-most decomposition', 'Breaks a problem into smaller ones, and solves them in order, '
        'each with the answers before it.',
        'For problems that are harder than any example at hand, and for long tasks whose parts build on each other.',
        $$Problem: {{input}}

1. List the smaller questions that have to be answered first, the easiest first.
2. Answer them one after the other, using the answers before.
3. Use them all to solve the problem.$$,
        '{"title": "Least-to-Most Prompting Enables Complex Reasoning in Large Language Models",
          "authors": "Zhou et al.", "year": 2022, "url": "https://arxiv.org/abs/2205.10625"}'),
    (8, 'react', 'ReAct', 'Alternates between thinking, calling a tool, and looking at what it returned.',
        'Where the model can search, compute or run something, and must not guess.',
        $$Answer the question with the help of these tools: {{tools}}

Use this form, and repeat the first three lines as often as needed:
Thought: what you know, and what is missing
Action: one tool with its input
Observation: what the tool returned
Answer: the answer, when nothing is missing any more

Question: {{input}}$$,
        '{"title": "ReAct: Synergizing Reasoning and Acting in Language Models", "authors": "Yao et al.", "year": 2022,
          "url": "https://arxiv.org/abs/2210.03629"}'),
    (9, 'generated-knowledge', 'Generated knowledge', 'Has the model write down what it knows of the matter, and then '
        'answer with that in view.',
        'For questions of general knowledge without documents to look into. What is written down can be checked.',
        $$Write down up to five facts that matter for the question below, one on a line.
Then answer it from these facts, and say which of them you used.

Question: {{input}}$$,
        '{"title": "Generated Knowledge Prompting for Commonsense Reasoning", "authors": "Liu et al.", "year": 2021,
          "url": "https://arxiv.org/abs/2110.08387"}'),
    (10, 'critique-and-revise', 'Critique and revise', 'Has the model judge its own draft by stated criteria, and '
        'write it anew.',
        'For texts and code where the first draft is good and not good enough. Two rounds are usually all that help.',
        $${{input}}

1. Write a draft.
2. Name its three weakest points, by these criteria: {{criteria}}
3. Write the final version, with these points mended. Mark where it begins with "Final:".$$,
        '{"title": "Self-Refine: Iterative Refinement with Self-Feedback", "authors": "Madaan et al.", "year": 2023,
          "url": "https://arxiv.org/abs/2303.17651"}'),
    (11, 'structured-output', 'Structured output', 'Gives the exact form of the answer, such as a JSON Schema.',
        'Whenever a program reads the answer.',
        $${{input}}

Answer with JSON that fits this schema, and with nothing else. Use null for what is not known; add no members.
{{schema}}$$,
        '{"title": "Efficient Guided Generation for Large Language Models", "authors": "Willard and Louf",
          "year": 2023, "url": "https://arxiv.org/abs/2307.09702"}'),
    (12, 'tree-of-thoughts', 'Tree of thoughts', 'Explores several beginnings, judges them, and goes on with the best.',
        'For search and invention: puzzles, plans and plots where the first idea is seldom the best.',
        $$Problem: {{input}}

1. Propose three different first steps.
2. Judge for each how likely it leads to a solution: sure, maybe, impossible.
3. Go on with the most likely one in the same way. Go back when it leads nowhere.
4. Give the solution, with the steps that led to it.$$,
        '{"title": "Tree of Thoughts: Deliberate Problem Solving with Large Language Models", "authors": "Yao et al.",
          "year": 2023, "url": "https://arxiv.org/abs/2305.10601"}'),
    (13, 'plan-and-solve', 'Plan and solve', 'Has the model make a plan before it carries the plan out.',
        'For tasks of many steps, none of which may be left out.',
        $${{input}}

First understand the task and make a plan of numbered steps. Then carry the plan out, step by step.$$,
        '{"title": "Plan-and-Solve Prompting: Improving Zero-Shot Chain-of-Thought Reasoning by Large Language Models",
          "authors": "Wang et al.", "year": 2023, "url": "https://arxiv.org/abs/2305.04091"}'),
    (14, 'chain-of-verification', 'Chain of verification', 'Has the model ask itself questions that check its draft, '
        'and answer them apart from it.',
        'For lists of facts and for answers that must not contain anything made up.',
        $${{input}}

1. Draft an answer.
2. Write a question for each fact in it that could be wrong.
3. Answer these questions without looking at the draft.
4. Write the final answer with what holds.$$,
        '{"title": "Chain-of-Verification Reduces Hallucination in Large Language Models",
          "authors": "Dhuliawala et al.", "year": 2023, "url": "https://arxiv.org/abs/2309.11495"}'),
    (15, 'chain-of-density', 'Chain of density', 'Rewrites a summary several times at the same length, each time with '
        'more of what matters.',
        'For summaries that have to be short and complete.',
        $$Text: {{input}}

Write a summary of {{words}} words. Then, three times: find up to three important things that it lacks, and write it
again with them at the same length. Give only the last one.$$,
        '{"title": "From Sparse to Dense: GPT-4 Summarization with Chain of Density Prompting",
          "authors": "Adams et al.", "year": 2023, "url": "https://arxiv.org/abs/2309.04269"}'),
    (16, 'program-of-thoughts', 'Program of thoughts', 'Has the model write a program that computes the answer.',
        'For arithmetic with many or large numbers, where a program can be run.',
        $$Write a Python program that computes the answer to the problem below and prints it alone. Explain nothing.

Problem: {{input}}$$,
        '{"title":
            "Program of Thoughts Prompting: Disentangling Computation from Reasoning for Numerical Reasoning Tasks",
          "authors": "Chen et al.", "year": 2022, "url": "https://arxiv.org/abs/2211.12588"}');

insert into core.intent (sort_order, key, title, description, techniques, patterns, keywords)
values
    (1, 'write', 'Write', 'A new text: a mail, an article, a speech, a poem.',
        array['role', 'critique-and-revise', 'few-shot'],
        array[
            '\b(write|draft|compose|prepare|create|produce|pen|author|make|need|want|'
            'generate)\b( \w+){0,5} \b(e-?mail|letter|message|post|article|essay|story|poem|haiku|sonnet|limerick|'
            'song|lyrics|speech|toast|eulogy|obituary|memo|press release|newsletter|caption|biography|bio|review|'
            'description|landing page|blog|job ad|advert|ad|report|proposal|introduction|statement|notice|manual|'
            'guide|script|screenplay|dialogue|scene|chapter|invitation|announcement|copy|remarks|release notes|'
            'white paper|column|cover letter)\b',
            '\b(cover letter|blog post|press release|short story|bedtime story|product description|job ad|'
            'thank-you (note|letter|email)|subject lines?|linkedin post|foreword|preface|epilogue|voice-?over|'
            'something to (post|say|send)|condolences|complaint to|text (for|of) (a|an|the|our|my)|speech|eulogy|'
            'obituary|toast|haiku|sonnet|poem)\b',
            '\b(write|draft|compose)( me| us)?( an?| the| some)\b',
            '\b(monologue|opening paragraph|reference letter|thank-you card|rap verse|verse|fable|fairy tale|tale|'
            'love letter|novel|card for|tribute|testimonial|tagline for|statement for the press|essay (on|about|'
            'against|for)|novella|sketch|parody|invitation|reminder|message to|note to|letter to|e-?mail to)\b',
            '^\W*(please )?(write|draft|compose|pen)\b'],
        array['monologue', 'verse', 'novel', 'lines', 'card', 'invitation', 'statement', 'reference', 'note',
            'chapter', 'character', 'write', 'draft', 'compose', 'letter', 'email', 'post', 'essay',
            'story', 'poem', 'haiku', 'speech', 'toast', 'memo', 'newsletter', 'caption', 'slogan',
            'article', 'blog', 'stanza', 'tone', 'audience', 'words', 'announcement']),
    (2, 'rewrite', 'Rewrite', 'A text that is there, in another wording, form, length or tone.',
        array['few-shot', 'critique-and-revise', 'role'],
        array[
            '\b(rewrite|rephrase|reword|paraphrase|proofread|polish|edit|reformat|restyle|shorten|tighten|simplify|'
            'copy-?edit|retell|modernize|adapt|replace the)\b',
            '\b(fix|correct|check|improve)\b( \w+){0,3} \b(grammar|spelling|punctuation|typos?|wording|style|flow|'
            'sentence|paragraph|text|writing|prose|phrasing)\b',
            '\bmake (this|it|that|the|my)\b( \w+){0,5} \b(sound|more|less|shorter|longer|clearer|simpler|'
            'friendlier|formal|concise|readable)\b',
            '\b(turn|convert|change|transform|reformat|adapt|take) (this|these|that|it|the|'
            'my)\b( [\w-]+){0,8} (into|to|from|for)\b',
            '\b(say|put|phrase|word) (it|this|that|the same( thing)?)\b',
            '\b(nicer|friendlier|stronger|shorter|clearer|simpler|politer|smoother|catchier)\b',
            '\b(adjust|change|soften|strengthen|restructure|reorder|expand|rework|cut|trim|replace|clean up|'
            'tidy up)\b( \w+){0,3} \b(wording|tone|sentences?|paragraphs?|text|e-?mail|notes|draft|words?|phras\w+|'
            'it by|transcript|intro)\b',
            '\b(too (wordy|long|formal|informal|stiff)|past tense|reported speech|full sentences)\b',
            '\b(more|less) (formal|casual|concise|professional|friendly|polite|persuasive|readable)\b',
            '\b(active voice|passive voice|first person|third person|past tense|present tense|plain english|'
            'reading level)\b',
            '\btone (it|this) down\b',
            '\b(jargon|clumsy|rambling|smooth out|transitions|passive voice|more punch|less aggressive|'
            'make it (rhyme|sound|read)|natural english|fits? in \d+ (characters|words)|shorter version|'
            'copy edit)\b',
            '\b(fix|correct|change|put|turn|rework) (my|this|the|these|every|following)\b'],
        array['jargon', 'clumsy', 'fix', 'correct', 'change', 'text', 'clear', 'natural', 'aggressive',
            'rewrite', 'rephrase', 'reword', 'paraphrase', 'proofread', 'polish', 'edit', 'grammar',
            'spelling', 'shorten', 'simplify', 'tone', 'wording', 'paragraph', 'sentence', 'improve',
            'voice', 'formal', 'style', 'concise', 'convert', 'reformat']),
    (3, 'summarize', 'Summarize', 'What matters in a longer text, in fewer words.',
        array['chain-of-density', 'structured-output', 'critique-and-revise'],
        array[
            '\b(summari[sz]e|summari[sz]ing|summary|summaries|tl;?dr|synopsis|recap|condense|digest|abridge|distil|'
            'distill|gist|nutshell|takeaways?|key points|main (points|ideas|arguments)|bottom line|cliff notes|'
            'essentials?|essential points|most important (facts|points|things)|come down to|compress|highlights|'
            'short version|sum up|sum (it|this|that|them) up|boil (this|it|that)? ?down|executive summary|'
            'overview of the)\b',
            '\b(what did i miss|where (things|we|matters) stand|the essence|in (one|two|three|a few) (lines?|'
            'sentences?|bullets?|bullet points))\b',
            '\b(pr[eé]cis|catch me up|main message|key messages?|core statements?|in (brief|short)|'
            'what was decided|findings of|flash ?card|shorten the following|reduce .* to|a third of its length|'
            'too long|long story short|bring me up to speed|get me up to speed|wrap-up)\b'],
        array['findings', 'key', 'message', 'decided', 'brief', 'notes', 'chapter', 'speech', 'essay',
            'meeting', 'discussion', 'summarize', 'summary', 'tldr', 'recap', 'condense', 'gist',
            'overview', 'takeaway', 'synopsis', 'digest', 'short', 'bullet', 'transcript', 'article',
            'report', 'thread', 'minutes', 'main', 'point']),
    (4, 'extract', 'Extract', 'Certain pieces of a text, such as names, dates or fields, as they stand there.',
        array['structured-output', 'few-shot', 'chain-of-verification'],
        array[
            '\b(extract|retrieve|parse|pull( \w+){0,3} (out|from)|pick out|pull|scrape|collect|capture|locate)\b',
            '\b(find|list|get|give me|return|identify|show|collect)\b( \w+){0,2} (all|every|each|any|only|'
            'the)\b( [\w-]+){0,8} (in|from|mentioned|named|occurring|contained|appearing)\b',
            '\bfrom (the|this|these|that)\b( \w+){0,5} (get|list|take|extract|pull|give|return|collect|find)\b',
            '\b(named entit(y|ies)|key-?value pairs?|as json|json only|output json|return json|schema|fields)\b',
            '\b(read|scan|go through|look through|search) (the|this|these|my)\b( \w+){0,6} (and (return|list|give|'
            'quote|note|find)|for)\b',
            '\b(what|who) (is|are|was|were)( \w+){1,5} (in|on) (this|the) (e-?mail|text|document|invoice|letter|'
            'message|report|contract|form|receipt|article|page)\b',
            '\b(output|return|grab|copy|select|make a table of) the\b',
            '\binto an? (record|table|list|spreadsheet|json object)\b',
            '\bgive me (the|all|every)( \w+)? (names?|dates?|numbers?|prices?|addresses|amounts?|places|figures|'
            'values)\b',
            '\b(word for word|verbatim|in json|as (csv|a table|a list))\b',
            '\bwhich \w+ (is|are|were) (named|mentioned|listed|cited)\b',
            '\b(mentioned|named|listed) in\b',
            '\b(fetch|copy out|get (the|every|all)|return (just|only)|list (the|all|every)|find the|who are the|'
            'collect)\b( [\w-]+){0,9} (of|in|from|out of|below|stated|as a|with)\b',
            '\b(according to the (text|contract|letter|document)|out of (this|the)|stated in|from the (transcript|'
            'text|document|page|report))\b',
            '\bwhich \w+ (does|do|did|are) the \w+ \w*mention\w*'],
        array['postcode', 'total', 'amount', 'due', 'authors', 'skills', 'requirements', 'fetch',
            'transcript', 'terms', 'mentioned', 'below', 'extract', 'retrieve', 'parse', 'find', 'list',
            'every', 'mention', 'name', 'date', 'number', 'field', 'json', 'csv', 'table', 'invoice',
            'entity', 'email', 'phone', 'address', 'quote', 'document']),
    (5, 'classify', 'Classify', 'One of several labels for each input: a sentiment, a topic, a priority, yes or no.',
        array['few-shot', 'structured-output', 'zero-shot'],
        array[
            '\b(classify|categori[sz]e|label|tag|sort|group|route|assign|mark|flag|bucket|'
            'triage)\b( [\w''-]+){0,8} (as|into|by|with|to|under|in)\b',
            '\b(classify|categori[sz]e|categorization|classification)\b',
            '\b(sentiment|spam|toxic|toxicity|stance|genre|intent of|hate[- ]speech|sarcastic|emotion|'
            'duplicates?)\b',
            '\b(positive|negative|neutral)\b( \w+)? (or|and|,)',
            '\b(which|what) (category|class|type|label|topic|department|queue|priority|genre|kind)\b',
            '\b(decide|determine|tell me|judge|detect|say) (whether|if|which)\b',
            '\b(rate|score|grade) (how|the|this|each)\b',
            '\bmap (each|every|these|the)\b',
            '\bdoes (the|this) \w+ (express|violate|contain|sound)\b',
            '\b(mark|label|tag) (them|it|each|every|all)\b',
            '\btell \w+ (from|apart)\b',
            '\b\w+ or (un|ir|in|non-?|not )\w+\b',
            '\bdetect the\b',
            '\b(yes or no|yes/no|true or false|one of:|options:|labels:|categories:|one word|fact or (an )?opinion)',
            '\bis (this|the following|it)\b( \w+){0,4} or (not|an?)\b',
            '\b(pick one|choose (one|the best)|best matching|which of (our|the|these|those)|on a scale (from|of)|'
            'scale from|assign one|reading level|clickbait|more likely|partly or|private or|formal or)\b',
            '\b(is|does|do|are) (this|the|these|it)\b( [\w-]+){0,12}\bor\b',
            '\bhow (angry|happy|urgent|positive|negative|likely|relevant|severe|satisfied|formal|sure)\b'],
        array['choose', 'pick', 'scale', 'one', 'best', 'each', 'edible', 'private', 'business', 'sort',
            'rate', 'headline', 'customer', 'review', 'comment', 'ticket', 'classify', 'categorize',
            'category', 'label', 'tag', 'sentiment', 'spam', 'positive', 'negative', 'neutral', 'priority',
            'type', 'topic', 'class', 'group', 'route', 'toxic', 'whether']),
    (6, 'translate', 'Translate', 'A text in another language.',
        array['few-shot', 'role', 'critique-and-revise'],
        array[
            '\b(translat(e|ed|es|ing|ion|or)|locali[sz]e|back-?translate|interpret the following|subtitles?)\b',
            '\b(in|into|to|from) (english|french|german|spanish|italian|portuguese|dutch|russian|polish|ukrainian|'
            'czech|greek|turkish|arabic|hebrew|hindi|bengali|urdu|persian|farsi|chinese|mandarin|cantonese|'
            'japanese|korean|vietnamese|thai|indonesian|swedish|norwegian|danish|finnish|hungarian|romanian|'
            'bulgarian|croatian|serbian|slovak|slovene|catalan|latin|welsh|irish|swahili|afrikaans|estonian|'
            'latvian|lithuanian|icelandic|basque|tagalog|malay)\b',
            '\b(english|french|german|spanish|italian|portuguese|dutch|russian|polish|ukrainian|czech|greek|'
            'turkish|arabic|hebrew|hindi|bengali|urdu|persian|farsi|chinese|mandarin|cantonese|japanese|korean|'
            'vietnamese|thai|indonesian|swedish|norwegian|danish|finnish|hungarian|romanian|bulgarian|croatian|'
            'serbian|slovak|slovene|catalan|latin|welsh|irish|swahili|afrikaans|estonian|latvian|lithuanian|'
            'icelandic|basque|tagalog|malay) (version|translation|word for|phrase for|sentence)\b',
            '\bhow (do|would|can) (you|i|we|one) say\b',
            '\b(english|french|german|spanish|italian|portuguese|dutch|russian|polish|ukrainian|czech|greek|'
            'turkish|arabic|hebrew|hindi|bengali|urdu|persian|farsi|chinese|mandarin|cantonese|japanese|korean|'
            'vietnamese|thai|indonesian|swedish|norwegian|danish|finnish|hungarian|romanian|bulgarian|croatian|'
            'serbian|slovak|slovene|catalan|latin|welsh|irish|swahili|afrikaans|estonian|latvian|lithuanian|'
            'icelandic|basque|tagalog|malay) (to|->|into) (english|french|german|spanish|italian|portuguese|dutch|'
            'russian|polish|ukrainian|czech|greek|turkish|arabic|hebrew|hindi|bengali|urdu|persian|farsi|chinese|'
            'mandarin|cantonese|japanese|korean|vietnamese|thai|indonesian|swedish|norwegian|danish|finnish|'
            'hungarian|romanian|bulgarian|croatian|serbian|slovak|slovene|catalan|latin|welsh|irish|swahili|'
            'afrikaans|estonian|latvian|lithuanian|icelandic|basque|tagalog|malay)',
            '\b[a-z]{2} ?(->|→|=>) ?[a-z]{2}\b',
            '\bwhat does (this|it|that|\W+)( \w+)* (mean|say) in\b',
            '\b(french|german|spanish|italian|polish|danish|dutch|greek|czech|turkish|japanese|russian|chinese|'
            'korean|swedish|arabic|portuguese) (text|word|for|please|title|lyrics|names?|equivalent)\b',
            '\b(singable|what(''s| is) that in|left a note)\b'],
        array['translate', 'translation', 'french', 'german', 'spanish', 'italian', 'portuguese', 'japanese',
            'chinese', 'english', 'russian', 'language', 'idiom', 'sentence']),
    (7, 'answer', 'Answer', 'A fact, or an explanation of how something is and why.',
        array['zero-shot', 'generated-knowledge', 'step-back', 'chain-of-verification'],
        array[
            '^\W*(what|who|whom|whose|when|where|why|which|how|is|are|was|were|do|does|did|can|could|in what|'
            'in which)\b',
            '\b(explain|describe|define|definition|clarify|teach me|tell me about|tell me (what|why|how)|elaborate|'
            'eli5|explain like)\b',
            '\bwhat(''s| is| are| was| were| does| do| did| happens?)\b',
            '\b(why|how) (do|does|did|is|are|was|were|can|could|come)\b',
            '\b(difference between|meaning of|overview of|the basics of|the history of)\b',
            '\b(don''t|do not) (understand|know)\b',
            '\banswer the question\b',
            '^\W*(how (old|big|far|many|high|deep|fast|large|heavy|tall|long) (is|are|was)|where does|what(''s|'
            ' is) the difference|who (was|is|were|invented|wrote|discovered)|when (did|was|is)|why (do|does|are|is|'
            'did))\b'],
        array['work', 'life', 'cycle', 'origin', 'invented', 'discover', 'universe', 'science', 'person',
            'what', 'who', 'when', 'where', 'why', 'how', 'explain', 'define', 'describe', 'mean',
            'difference', 'happen', 'history', 'cause', 'does', 'year', 'symptom', 'simple', 'analogy']),
    (8, 'code', 'Code', 'Code, queries and configuration: new, mended, reviewed or explained.',
        array['plan-and-solve', 'critique-and-revise', 'few-shot'],
        array[
            '\b(python|javascript|typescript|java|rust|golang|kotlin|swift|ruby|php|perl|haskell|scala|sql|'
            'postgres(ql)?|mysql|sqlite|html|css|bash|shell|powershell|regex|regular expression|react|vue|angular|'
            'node(\.?js)?|django|flask|docker(file)?|kubernetes|terraform|git(hub)?|api endpoint|rest endpoint|'
            'asp\.net|c\+\+|c#|dotnet|unit tests?|pytest|junit|linked list|pull request|pseudocode|excel formula|'
            'stack ?trace|npm|cli|compiler)\b',
            '\b(code|coding|function|method|class|script|program|algorithm|debug|bug|refactor|compile|exception|'
            'segfaults?|null pointer|command-line|database schema|ddl)\b',
            '(\w+\(.*\)|[{};]\s*$|=>|==|!=|&&|\|\||::|->\w|</\w+>|\bdef \w+|\bconst \w+|\bselect .* from\b|'
            'TypeError|Exception)',
            '\b(implement|refactor|debug|compile|deploy|port)\b',
            '\b(in|using|with) (c|r|go|dart|lua|node)\b\W*$',
            '\b(linq|pandas|numpy|express|terraform|nullreferenceexception|time complexity|stylesheet|css grid|'
            'swift|json file|mock data|http client|server|endpoint|snippet|extension method|error handling|retries|'
            'library|framework|routes?|compiler|variable|recursion|recursive|module|package|frontend|backend|'
            'webpack|ci|data frames?|interface|merge conflict|async|await|boolean|string|integer|array|dict|tuple|'
            'enum)\b'],
        array['server', 'client', 'method', 'module', 'routes', 'snippet', 'handling', 'interface', 'data',
            'frame', 'decode', 'parse', 'deploy', 'repository', 'code', 'function', 'class', 'script',
            'program', 'bug', 'error', 'debug', 'refactor', 'implement', 'python', 'javascript', 'sql',
            'query', 'regex', 'api', 'test', 'algorithm', 'loop', 'array', 'database', 'git', 'file']),
    (9, 'analyze', 'Analyze', 'A judgment of data, a text, a case or alternatives, with reasons.',
        array['step-back', 'chain-of-thought', 'role', 'react'],
        array[
            '\b(analy[sz]e|analysis|analysing|interpret (the|these|this)|evaluate|assess|critique|compare|'
            'comparison|contrast|examine|appraise|audit|weigh|scrutini[sz]e|swot|pros and cons|trade-?offs?|'
            'root cause|review (this|the|my|our)|strengths and weaknesses|advantages and disadvantages)\b',
            '\b(feedback on|flaws?|weak(ness(es)?)?|implications?|consequences|(is|are|what''s) driving|'
            'correlat\w+|trends?|fallac(y|ies)|unsupported|recommend one|risks? of)\b',
            '\b(vs\.?|versus|is it worth|worth it|ethical|how well|critically|go over|biases)\b',
            '\bshould (i|we) \w+( \w+){0,4} or\b',
            '\bwhich (of|one|option)\b( \w+){0,8} (best|better)\b',
            '\bwhat (is driving|went wrong|does this data)\b',
            '\b(what does the .* (tell|say|mean|show)|tell (us|me) about the|honest (critique|opinion)|methodology|'
            'cheaper|good investment|contributed to|justify|pros/cons|compare (the|these|two)|intentions of|'
            'which one is|household|spend more)\b'],
        array['justify', 'investment', 'weak', 'methodology', 'causes', 'intentions', 'critique', 'honest',
            'contribute', 'increase', 'decrease', 'cheaper', 'contract', 'analyze', 'analysis', 'compare',
            'evaluate', 'assess', 'review', 'risk', 'trend', 'pro', 'con', 'trade-off', 'argument',
            'evidence', 'data', 'weakness', 'strength', 'advantage', 'impact', 'effect', 'conclusion']),
    (10, 'solve', 'Solve', 'The answer to a problem of mathematics or logic, which is right or wrong.',
        array['chain-of-thought', 'self-consistency', 'program-of-thoughts', 'least-to-most'],
        array[
            '\b(solve|calculate|compute|prove|derive|integrate|differentiate|factor|evaluate the (limit|integral|'
            'expression)|simplify the expression|work out the|probability|equation|determinant|eigenvalues?|'
            'derivative|integral|percent(age)?|square root|area of|volume of|standard deviation|syllogism|riddle|'
            'puzzle|next number|show that|compound interest|as a (decimal|fraction))\b',
            '\d (km|km/h|mph|kg|litres?|liters?|miles|metres?|meters?|cents|euros?|dollars?|minutes|hours|'
            'degrees)\b.*\d',
            '\b(what is|what''s) \d',
            '\bhow (many|much|long|far|old|fast)\b.*\d',
            '\d.*\bhow (many|much|long|far|old|fast)\b',
            '\d+ ?(%|percent)( of)?\b',
            '\d ?[\^*/+=] ?\(?-?\d|\b\d*[a-z]\^\d|\b[xyz] ?=',
            '\b(if all|some \w+ are|all \w+ are|how many ways|what was the price|step by step)\b',
            '\b(perimeter|variance|mean of|median of|greatest common|least common|lcm|gcd|induction|divisible|'
            'weighings?|twice as|half as|outfits|expand \(|factor(i[sz]e)?|what comes next|comes next|fraction|'
            'radius|diameter|hypotenuse|prime|modulo|logarithm|matrix|vector|at \d+ ?%|roots? of|speed of|'
            'probability|odds|combinations|permutations|arithmetic|sides)\b',
            '\b\d+\b.*\b\d+\b.*\b(how|what|when|which|find)\b'],
        array['perimeter', 'twice', 'side', 'divide', 'multiply', 'add', 'balls', 'heavier', 'rectangle',
            'age', 'old', 'meet', 'expand', 'solve', 'calculate', 'compute', 'prove', 'derive', 'equation',
            'number', 'sum', 'probability', 'percent', 'many', 'much', 'area', 'triangle', 'cost', 'puzzle',
            'riddle', 'sequence', 'formula', 'length']),
    (11, 'plan', 'Plan', 'What to do in which order and by when.',
        array['plan-and-solve', 'least-to-most', 'tree-of-thoughts'],
        array[
            '\b(plan|planning|schedule|itinerary|roadmap|timeline|agenda|curriculum|syllabus|strategy|checklist|'
            'meal plan|routine|a budget|rota|calendar|milestones?|to-?do list|phases|sprint|lesson plan|'
            'go-to-market|backlog)\b',
            '\b(plan|organi[sz]e|schedule|arrange|prioriti[sz]e|structure|lay out|map out|set out|break down|'
            'draw up)\b( \w+){0,5} (trip|party|event|project|week|day|launch|move|workshop|wedding|tasks?|study|'
            'errands|meetings?)\b',
            '\b(the steps (to|from|for|i|we)|what steps|how should (i|we) (structure|organi[sz]e|plan|schedule|'
            'approach)|who does what|what to (do|pack) (by )?when|take care of)\b',
            '\b(step-by-step plan|\d+-(day|week|month) \w+|(days?|weeks?|months?) (plan|challenge))\b',
            '\bin \d+ (days|weeks|months)\b',
            '\bby (the end of|next) (\w+)\b',
            '\b(timetable|gym program|workout|training|first (30|60|90|week|month|days?)|which steps|hour by hour|'
            'project plan|get .* in order|from the idea|maintenance|revision|put together|days a week|how (do|'
            'should) i (organi[sz]e|plan|prepare|go about)|program)\b'],
        array['timetable', 'program', 'dinner', 'wedding', 'hours', 'morning', 'evening', 'steps', 'phases',
            'beginner', 'organize', 'guest', 'plan', 'schedule', 'roadmap', 'itinerary', 'timeline', 'week',
            'day', 'month', 'step', 'goal', 'strategy', 'budget', 'trip', 'project', 'milestone', 'task',
            'launch', 'phase', 'prepare', 'deadline', 'training', 'routine']),
    (12, 'brainstorm', 'Brainstorm', 'Many ideas, names or options to choose from.',
        array['tree-of-thoughts', 'role', 'few-shot'],
        array[
            '\b(brainstorm|ideas|any idea|fresh (idea|concept)s?|suggest(s|ions?)?|recommend(ations?)?|inspiration|'
            'come up with|think of|think outside|alternatives|alternative names|names for|name ideas|taglines?|'
            'slogans?|creative ways|icebreakers|invent|pitch me|throw out|possible (topics|names|titles)|options|'
            'what else could|what could we|concepts for|angles|how might we|as many \w+ as)\b',
            '\b(list|give me|offer|propose|generate)\b( \w+){0,3} (ideas|ways|options|names|topics|concepts|'
            'possibilities|alternatives|hypotheses|suggestions|titles)\b',
            '\b(gifts?|presents?|activities|activity|hobbies|go wild|be creative|comes to mind|prompts for|'
            'names? with)\b',
            '\b(what|how) (can|could|else|should|might) (i|we|one) (do|cook|make|give|get|use|wear|try|call|name|'
            'say)\b',
            '\bways? (to|of|in which|a|we|i)\b',
            '\b(plot twists?|username|costume|directions for|unusual (places|uses|ways)|some (questions|places|'
            'ways|names|things)|need an? (costume|name|theme|idea|present|gift|slogan|title)|games (could|can)|'
            'as many as possible|reasons why|how else|what else|blog topics|slogan)\b'],
        array['unusual', 'twist', 'costume', 'places', 'games', 'slogan', 'topics', 'reasons', 'funny',
            'cheap', 'different', 'logo', 'brainstorm', 'idea', 'suggest', 'name', 'creative', 'option',
            'inspiration', 'alternative', 'invent', 'topic', 'gift', 'fun', 'activity', 'concept', 'ways',
            'recommend', 'theme', 'tagline']),
    (13, 'converse', 'Converse', 'A conversation: small talk, a game, practice with somebody who plays a part.',
        array['role', 'zero-shot'],
        array[
            '\b(pretend|role-?play|act as|act like|play the (part|role)|stay in character|imagine you(''re| are)|'
            'you(''ll| will) be|from now on|be my|take on the (role|persona)|simulate|let''s (play|practi[sc]e|'
            'chat|talk|pretend)|let us have|interview me|talk to me|chat with me|speak with me|check in with me)\b',
            '\byou are (an?|the|my)?\b( [\w-]+){1,6}[.,]( \w+){0,12} (i am|i''m|stay|speak|respond|answer as|'
            'ask me|greet)\b',
            '^\W*(hi|hello|hey|good (morning|evening|afternoon)|thanks|thank you|lol|bye|nice to meet you|'
            'how are you)\b',
            '\b(i feel|i had a|i''m sad|i am sad|i broke up|my name is|i just want to talk|rough day|lonely)\b',
            '\b(do you (like|think|feel|have)|are you (an?|real|human|ok|there)|quiz me|with me|your favou?rite|'
            'how are you|tell me a joke|what do you think)\b',
            '\b(mock exam|you ask|i answer|devil''s advocate|keep me company|entertain me|i''m bored|'
            'i can''t sleep|answer as if|rap battle|i go first|tell me off|my (dog|cat|mother|father|friend) died|'
            'ready to|be honest|bye|you are an? \w+( \w+){0,3}, (and )?i(''m| am)|begin|short turns|in his voice|'
            'in her voice)\b'],
        array['bored', 'sleep', 'company', 'answer', 'ask', 'game', 'turn', 'yoda', 'grandmother', 'voice',
            'honest', 'today', 'chat', 'talk', 'hello', 'hi', 'thanks', 'pretend', 'character', 'roleplay',
            'conversation', 'feel', 'joke', 'friend', 'persona', 'play', 'interviewer', 'narrator',
            'favorite', 'practise']);

grant select on core.technique, core.intent to assay_app, assay_job;
