drop table core.label_request;
drop table core.label_rule;
drop table core.entity_label;
drop function core.check_label();
