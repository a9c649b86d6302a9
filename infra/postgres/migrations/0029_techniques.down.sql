drop table core.intent;
drop table core.technique;
