-- The roles of the database: one that owns what the application makes, one that reads everything for
-- dumps, one that watches. It can be run again at any time.
\set QUIET 1
\getenv application_user APPLICATION_USER
\getenv application_verifier APPLICATION_VERIFIER
\getenv backup_user BACKUP_USER
\getenv backup_verifier BACKUP_VERIFIER
\getenv monitoring_user MONITORING_USER
\getenv monitoring_verifier MONITORING_VERIFIER

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'application_user', :'backup_user', :'monitoring_user']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE :"application_user" CONNECTION LIMIT 200 PASSWORD :'application_verifier';
ALTER ROLE :"application_user" SET statement_timeout = '30s';
ALTER ROLE :"backup_user" CONNECTION LIMIT 5 PASSWORD :'backup_verifier';
ALTER ROLE :"backup_user" SET default_transaction_read_only = on;
ALTER ROLE :"monitoring_user" CONNECTION LIMIT 5 PASSWORD :'monitoring_verifier';
ALTER ROLE :"monitoring_user" SET statement_timeout = '15s';

GRANT pg_read_all_data TO :"backup_user";
GRANT pg_monitor TO :"monitoring_user";

-- Nobody makes anything in the public schema; the application has one of its own.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO :"application_user", :"backup_user", :"monitoring_user";
GRANT TEMPORARY ON DATABASE :"DBNAME" TO :"application_user";
GRANT :"application_user" TO CURRENT_USER;
CREATE SCHEMA IF NOT EXISTS application AUTHORIZATION :"application_user";
ALTER ROLE :"application_user" SET search_path = application;

CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
