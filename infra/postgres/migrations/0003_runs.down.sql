drop table ops.workflow_metric;
drop table ops.workflow_node;
drop table ops.workflow_run;
