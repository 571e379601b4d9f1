-- The vectors of texts, where the server has the extension for them. It may run again: for a server that gets it later.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
        RETURN;
    END IF;
    BEGIN
        CREATE EXTENSION IF NOT EXISTS vector;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'the extension vector is there and may not be created: the audit search goes by words alone';
        RETURN;
    END;
    -- Before 0.8 an index of vectors finds too little where most of them are not for the caller.
    IF to_regtype('vector') IS NULL
        OR (SELECT string_to_array(extversion, '.')::int[] < '{0,8}' FROM pg_extension WHERE extname = 'vector') THEN
        RAISE NOTICE 'the extension vector is older than 0.8, or in a schema of its own: it is not used';
        RETURN;
    END IF;
    CREATE TABLE IF NOT EXISTS audit.chunk_vectors (
        chunk_id bigint PRIMARY KEY REFERENCES audit.chunks (id) ON DELETE CASCADE,
        model text NOT NULL,
        embedding vector(384) NOT NULL
    );
    CREATE INDEX IF NOT EXISTS chunk_vectors_embedding_idx ON audit.chunk_vectors
        USING hnsw (embedding vector_cosine_ops);
END $$;
