drop index ops.event_installation;
drop policy whole_installation on ops.event;
