-- Those that an operator looks for, among the many that have done what they should.
create index instance_not_completed on durable.instance (hub, key) where status <> 'completed';
