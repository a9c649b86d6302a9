drop table ops.workflow_attempt;
