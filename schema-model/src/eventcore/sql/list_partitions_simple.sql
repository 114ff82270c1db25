-- The log as its own only partition, so that what watches partitions serves this layout too.
SELECT format('%I.%I', n.nspname, c.relname),
       NULL::timestamptz,
       NULL::timestamptz,
       TRUE,
       FALSE,
       FALSE,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END,
       pg_total_relation_size(c.oid)
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.oid = {events:literal}::regclass
