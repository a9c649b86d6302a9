drop table core.suggestion;
