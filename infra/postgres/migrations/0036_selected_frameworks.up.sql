-- A person may prefer a framework of their organization. Which there are is for the app to say.
alter table ops.user_preference
    drop constraint user_preference_framework_known,
    add constraint user_preference_framework_named check (selected_framework <> '');
