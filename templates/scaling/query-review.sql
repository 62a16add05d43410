-- What the database's statistics say of queries and indexes, one JSON object a line. It reads only.
\set QUIET 1
\pset format unaligned
\pset tuples_only on

-- What takes most of the time.
SELECT json_build_object('finding', 'slow_query', 'queryid', queryid::text, 'calls', calls,
    'total_seconds', round((total_exec_time / 1000)::numeric, 1),
    'mean_ms', round(mean_exec_time::numeric, 2), 'rows', rows,
    'cache_hits_percent', round(100.0 * shared_blks_hit / greatest(shared_blks_hit + shared_blks_read, 1), 1),
    'query', left(regexp_replace(query, '\s+', ' ', 'g'), 400))
FROM pg_stat_statements
JOIN pg_database ON pg_database.oid = dbid AND datname = current_database()
WHERE calls >= 20
ORDER BY total_exec_time DESC
LIMIT 20;

-- Tables that are read from end to end, again and again, although they are large.
SELECT json_build_object('finding', 'missing_index', 'table', schemaname || '.' || relname,
    'sequential_scans', seq_scan, 'rows_each_time', seq_tup_read / greatest(seq_scan, 1),
    'index_scans', coalesce(idx_scan, 0), 'bytes', pg_relation_size(relid))
FROM pg_stat_user_tables
WHERE seq_scan > 100 AND seq_scan > coalesce(idx_scan, 0) AND n_live_tup > 10000
ORDER BY seq_tup_read DESC
LIMIT 20;

-- Indexes that nothing has read since statistics began, and that guard nothing.
SELECT json_build_object('finding', 'unused_index', 'index', s.schemaname || '.' || s.indexrelname,
    'table', s.relname, 'bytes', pg_relation_size(s.indexrelid),
    'since', (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()))
FROM pg_stat_user_indexes s
JOIN pg_index i ON i.indexrelid = s.indexrelid
WHERE s.idx_scan = 0 AND NOT i.indisunique AND NOT i.indisprimary AND NOT i.indisexclusion
  AND pg_relation_size(s.indexrelid) > 1048576
ORDER BY pg_relation_size(s.indexrelid) DESC
LIMIT 20;

-- Two indexes on the same columns of the same table.
SELECT json_build_object('finding', 'duplicate_index', 'table', indrelid::regclass::text,
    'indexes', json_agg(indexrelid::regclass::text ORDER BY indexrelid))
FROM pg_index
WHERE indisvalid AND indrelid IN (SELECT relid FROM pg_stat_user_tables)
GROUP BY indrelid, indkey, indclass, coalesce(pg_get_expr(indexprs, indrelid), ''),
    coalesce(pg_get_expr(indpred, indrelid), '')
HAVING count(*) > 1;

-- Tables whose statistics are too old for good plans.
SELECT json_build_object('finding', 'stale_statistics', 'table', schemaname || '.' || relname,
    'changed_rows', n_mod_since_analyze, 'rows', n_live_tup,
    'analysed', greatest(last_analyze, last_autoanalyze))
FROM pg_stat_user_tables
WHERE n_live_tup > 10000 AND n_mod_since_analyze > n_live_tup / 5
ORDER BY n_mod_since_analyze DESC
LIMIT 20;
