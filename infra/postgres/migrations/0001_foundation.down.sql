drop function ops.stamp_transaction();
drop function ops.isolate_organization(regclass);
drop function ops.current_organization();
alter default privileges grant execute on functions to public;
revoke select on ops.migration from assay_app, assay_job;
revoke usage on schema ops from assay_app, assay_job;
drop schema mart;
drop schema core;
