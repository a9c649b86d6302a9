-- Takes away what sample.sql adds, and whatever was made in its organizations since.
delete from ops.organization where slug in ('sample', 'acme', 'globex');
delete from ops.user_account where email ~ '^(owner|admin|member|viewer)@(sample|acme|globex)\.example\.com$'
    or id = '00000000-0000-7000-8000-000000000002';
