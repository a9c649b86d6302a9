drop table core.framework;
