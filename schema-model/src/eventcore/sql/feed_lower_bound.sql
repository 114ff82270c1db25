-- The least event id that an event above a position can have: what prunes a page of the feed.
--
-- A sealed partition gets no more events, so its greatest position is final, and it can be left
-- out once the reader is beyond it. Where the registry knows nothing the answer is the least UUID.
-- A stale answer is wrong only if a partition came in since, so: VOLATILE, which gives this query
-- a snapshot of its own, and asked after the horizon. Whatever is at or below the horizon was
-- committed by then, and so was the registry's row for its partition. Ask both like this:
--     SELECT h, feed_lower_bound($1) FROM feed_horizon($1) AS h
-- and give the answer to the page as a parameter.
DECLARE
    v_bound uuid;
BEGIN
    SELECT p.lower_id
      INTO v_bound
      FROM {registry} AS p
     WHERE p.state = 'open'
        OR p.greatest_position > p_after
     ORDER BY p.lower_id
     LIMIT 1;
    RETURN coalesce(v_bound, '00000000-0000-0000-0000-000000000000');
END;
