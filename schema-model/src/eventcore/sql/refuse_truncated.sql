-- A read of events that retention dropped is an error, never a page without them.
BEGIN
    RAISE EXCEPTION 'stream: % begins at version %, earlier events were dropped', p_stream_id, p_first_version
        USING ERRCODE = 'ES005',
              DETAIL = jsonb_build_object('stream', p_stream_id, 'first_version', p_first_version),
              HINT = 'Read it from that version on, and start from a snapshot of what came before.';
END;
