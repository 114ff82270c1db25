SELECT c.oid AS partition,
       format('%I.%I', n.nspname, c.relname) AS name,
       c.relkind AS kind,
       c.reltuples AS tuples,
       i.inhdetachpending AS is_detaching,
       {lower} AS lower_bound,
       {upper} AS upper_bound
  FROM pg_inherits AS i
  JOIN pg_class AS c ON c.oid = i.inhrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL regexp_match(
           pg_get_expr(c.relpartbound, c.oid),
           'FROM [(]''?([^'')]+)''?[)] TO [(]''?([^'')]+)''?[)]'
       ) AS r (bound)
 WHERE i.inhparent = {parent:literal}::regclass
