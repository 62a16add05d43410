-- Runs of pipelines as the failure agent meets them, made up and the same each time: no data of
-- customers is ever a fixture.
CREATE SCHEMA IF NOT EXISTS fixtures;
CREATE TABLE IF NOT EXISTS fixtures.runs (
  id bigint PRIMARY KEY,
  pipeline text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('passed', 'failed', 'cancelled')),
  started_at timestamptz NOT NULL,
  duration_ms integer NOT NULL CHECK (duration_ms >= 0),
  log text NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_by_outcome ON fixtures.runs (outcome, started_at DESC);

INSERT INTO fixtures.runs
SELECT n, 'pipeline-' || n % 40,
  CASE n % 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'cancelled' ELSE 'passed' END,
  timestamptz '2026-01-01 00:00Z' + n * interval '7 minutes',
  (n * 7919) % 900000,
  CASE n % 10 WHEN 0 THEN 'error: step ' || n % 12 || ' exited with code 1' ELSE '' END
FROM generate_series(1, 10000) AS n
ON CONFLICT (id) DO NOTHING;
ANALYZE fixtures.runs;
