drop function core.favorites();
drop table core.favorite;
