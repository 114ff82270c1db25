-- Maintains updated_at where a statement did not set it itself. The trigger calls it only WHEN
-- (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at), so an append, which sets it, pays nothing.
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END;
