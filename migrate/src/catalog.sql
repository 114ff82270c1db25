-- Everything that a user put into the database, one line or block a part of an object: the object's name, and the text.
-- $1: names of relations to leave out. What users make has object identifiers from 16384 on, by which indexes find it
-- among what every database has.
WITH space AS (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl
      FROM pg_namespace AS n
     WHERE n.nspname <> 'information_schema'
       AND n.nspname NOT LIKE 'pg\_%'
), member (class, object) AS (
    -- What extensions bring is described by the extension itself.
    SELECT d.classid, d.objid
      FROM pg_depend AS d
     WHERE d.refclassid = 'pg_extension'::regclass
       AND d.deptype = 'e'
), relation AS (
    SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name, concat(s.nspname, '.', c.relname) AS object
      FROM pg_class AS c
      JOIN space AS s ON s.oid = c.relnamespace
     WHERE c.oid >= 16384
       AND c.relname <> ALL ($1::text[])
       AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
       AND NOT EXISTS (SELECT FROM member AS e WHERE e.class = 'pg_class'::regclass AND e.object = c.oid)
), line (object, text) AS (
    SELECT s.nspname, format('schema %I owner=%s acl=%s comment=%s', s.nspname, s.nspowner::regrole,
                  (SELECT array_agg(i ORDER BY i::text COLLATE "C") FROM unnest(coalesce(s.nspacl, acldefault('n', s.nspowner))) AS i),
                  obj_description(s.oid, 'pg_namespace'))
      FROM space AS s
    UNION ALL
    SELECT concat('extension ', x.extname),
           format('extension %I in %I version=%s', x.extname, s.nspname, x.extversion)
      FROM pg_extension AS x
      JOIN space AS s ON s.oid = x.extnamespace
    UNION ALL
    SELECT r.object, format('relation %s kind=%s persistence=%s owner=%s acl=%s options=%s security=%s/%s replica=%s method=%s parent=%s bound=%s key=%s comment=%s',
                  r.name, r.relkind, r.relpersistence, r.relowner::regrole,
                  (SELECT array_agg(i ORDER BY i::text COLLATE "C") FROM unnest(coalesce(
                      r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", r.relowner))) AS i),
                  r.reloptions, r.relrowsecurity,
                  r.relforcerowsecurity, r.relreplident, a.amname, i.inhparent::regclass,
                  pg_get_expr(r.relpartbound, r.oid), pg_get_partkeydef(r.oid), c.description)
      FROM relation AS r
      LEFT JOIN pg_description AS c ON c.objoid = r.oid AND c.classoid = 'pg_class'::regclass AND c.objsubid = 0
      LEFT JOIN pg_am AS a ON a.oid = r.relam
      LEFT JOIN pg_inherits AS i ON i.inhrelid = r.oid
    UNION ALL
    SELECT r.object, format('column %s %s %I %s collation=%s notnull=%s default=%s identity=%s generated=%s storage=%s options=%s acl=%s comment=%s',
                  r.name, to_char(rank() OVER (PARTITION BY r.oid ORDER BY a.attnum), 'FM0000'), a.attname,
                  format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull,
                  pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attstorage,
                  -- PostgreSQL 15.20 keeps a version of its own (pg_attver) among the options of a column.
                  CASE WHEN a.attoptions IS NOT NULL THEN
                      (SELECT array_agg(o ORDER BY o) FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg\_%') END, a.attacl,
                  c.description)
      FROM relation AS r
      JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_description AS c ON c.objoid = r.oid AND c.classoid = 'pg_class'::regclass AND c.objsubid = a.attnum
      LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
     WHERE r.relkind <> 'S'
    UNION ALL
    SELECT r.object, format('view %s %s', r.name, pg_get_viewdef(r.oid))
      FROM relation AS r
     WHERE r.relkind IN ('v', 'm')
    UNION ALL
    SELECT r.object, format('sequence %s %s start=%s increment=%s min=%s max=%s cache=%s cycle=%s owned=%s', r.name,
                  format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle,
                  (SELECT d.refobjid::regclass || '.' || d.refobjsubid
                     FROM pg_depend AS d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i')))
      FROM relation AS r
      JOIN pg_sequence AS q ON q.seqrelid = r.oid
    UNION ALL
    SELECT r.object, format('identity %s %I start=%s increment=%s min=%s max=%s cache=%s cycle=%s', r.name, a.attname,
                  q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle)
      FROM relation AS r
      JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.deptype = 'i'
                         AND d.classid = 'pg_class'::regclass
      JOIN pg_sequence AS q ON q.seqrelid = d.objid
      JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid
    UNION ALL
    SELECT r.object, format('child %s %s', r.name, i.inhrelid::regclass)
      FROM relation AS r
      JOIN pg_inherits AS i ON i.inhparent = r.oid
      JOIN pg_class AS k ON k.oid = i.inhrelid
     WHERE r.relkind = 'r'
    UNION ALL
    SELECT r.object, format('constraint %s %s %s validated=%s local=%s inherited=%s comment=%s', r.name,
                  -- Servers before 18 have none for a column's NOT NULL: what goes to a newer one gets names of today's columns.
                  CASE WHEN k.contype <> 'n' THEN quote_ident(k.conname) WHEN k.conislocal THEN 'not_null' ELSE 'of_the_parent' END,
                  pg_get_constraintdef(k.oid), k.convalidated, k.conislocal, k.coninhcount,
                  c.description)
      FROM relation AS r
      JOIN pg_constraint AS k ON k.conrelid = r.oid
      LEFT JOIN pg_description AS c ON c.objoid = k.oid AND c.classoid = 'pg_constraint'::regclass AND c.objsubid = 0
    UNION ALL
    SELECT r.object, format('index %s %s valid=%s clustered=%s replica=%s parent=%s comment=%s', r.name,
                  -- The server chooses the name of a new partition's index, a migration that of an old one's.
                  CASE WHEN i.inhparent IS NULL THEN pg_get_indexdef(x.indexrelid)
                       ELSE replace(pg_get_indexdef(x.indexrelid), concat(' INDEX ', quote_ident(own.relname), ' ON '), ' INDEX of_the_parent ON ')
                   END,
                  x.indisvalid, x.indisclustered, x.indisreplident, i.inhparent::regclass,
                  c.description)
      FROM relation AS r
      JOIN pg_index AS x ON x.indrelid = r.oid
      JOIN pg_class AS own ON own.oid = x.indexrelid
      LEFT JOIN pg_description AS c ON c.objoid = x.indexrelid AND c.classoid = 'pg_class'::regclass AND c.objsubid = 0
      LEFT JOIN pg_inherits AS i ON i.inhrelid = x.indexrelid
    UNION ALL
    SELECT r.object, format('trigger %s %s enabled=%s comment=%s', r.name, pg_get_triggerdef(t.oid), t.tgenabled,
                  obj_description(t.oid, 'pg_trigger'))
      FROM relation AS r
      JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT r.object, format('rule %s %s', r.name, pg_get_ruledef(w.oid))
      FROM relation AS r
      JOIN pg_rewrite AS w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
    UNION ALL
    SELECT r.object, format('policy %s %I permissive=%s for=%s to=%s using=%s check=%s', r.name, p.polname, p.polpermissive, p.polcmd,
                  (SELECT array_agg(CASE o WHEN 0 THEN 'public' ELSE o::regrole::text END ORDER BY o) FROM unnest(p.polroles) AS o),
                  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
      FROM relation AS r
      JOIN pg_policy AS p ON p.polrelid = r.oid
    UNION ALL
    SELECT concat(s.nspname, '.', p.proname), format('function %s owner=%s acl=%s comment=%s %s', p.oid::regprocedure, p.proowner::regrole,
                  (SELECT array_agg(i ORDER BY i::text COLLATE "C") FROM unnest(coalesce(p.proacl, acldefault('f', p.proowner))) AS i),
                  obj_description(p.oid, 'pg_proc'), pg_get_functiondef(p.oid))
      FROM pg_proc AS p
      JOIN space AS s ON s.oid = p.pronamespace
     WHERE p.oid >= 16384
       AND p.prokind IN ('f', 'p')
       AND NOT EXISTS (SELECT FROM member AS e WHERE e.class = 'pg_proc'::regclass AND e.object = p.oid)
    UNION ALL
    SELECT concat(s.nspname, '.', t.typname),
           format('type %s kind=%s owner=%s acl=%s comment=%s base=%s collation=%s notnull=%s default=%s checks=%s labels=%s attributes=%s', format_type(t.oid, NULL), t.typtype, t.typowner::regrole,
                  (SELECT array_agg(i ORDER BY i::text COLLATE "C") FROM unnest(coalesce(t.typacl, acldefault('T', t.typowner))) AS i),
                  obj_description(t.oid, 'pg_type'),
                  format_type(nullif(t.typbasetype, 0), t.typtypmod), nullif(t.typcollation, 0)::regcollation, t.typnotnull, pg_get_expr(t.typdefaultbin, 'pg_type'::regclass),
                  -- From 17 on a refusal of NULL has a name too.
                  (SELECT array_agg(format('%I %s', k.conname, pg_get_constraintdef(k.oid)) ORDER BY k.conname)
                     FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c'),
                  (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
                  (SELECT array_agg(format('%I %s collation=%s comment=%s', a.attname, format_type(a.atttypid, a.atttypmod),
                              nullif(a.attcollation, 0)::regcollation, col_description(t.typrelid, a.attnum)) ORDER BY a.attnum)
                     FROM pg_attribute AS a
                    WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped))
      FROM pg_type AS t
      JOIN space AS s ON s.oid = t.typnamespace
     WHERE t.oid >= 16384
       AND (t.typtype IN ('d', 'e', 'r')
            -- Each table has such a type too.
            OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
       AND NOT EXISTS (SELECT FROM member AS e WHERE e.class = 'pg_type'::regclass AND e.object = t.oid)
)
SELECT l.object, l.text
  FROM line AS l
