update ops.user_preference set selected_framework = 'roses'
where selected_framework not in ('roses', 'ape', 'tag', 'era', 'race', 'rise', 'care', 'coast', 'trace');
alter table ops.user_preference
    drop constraint user_preference_framework_named,
    add constraint user_preference_framework_known check (
        selected_framework in ('roses', 'ape', 'tag', 'era', 'race', 'rise', 'care', 'coast', 'trace'));
