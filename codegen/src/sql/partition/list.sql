SELECT p.name,
       p.lower_bound,
       p.upper_bound,
       coalesce(p.lower_bound <= now() AND now() < p.upper_bound, FALSE),
       coalesce(p.lower_bound > now(), FALSE),
       p.is_detaching,
       CASE WHEN p.tuples >= 0 THEN p.tuples::bigint END,
       coalesce((SELECT sum(pg_total_relation_size(t.relid))::bigint FROM pg_partition_tree(p.partition) AS t), 0)
  FROM (
{bounds}
       ) AS p
 ORDER BY p.lower_bound NULLS LAST, p.name
