-- Nothing in the answers depends on time, on chance or on what ran before.
\set VERBOSITY verbose
\set SHOW_CONTEXT always
SET client_min_messages = warning;
DROP TABLE IF EXISTS line, article;
RESET client_min_messages;

CREATE TABLE article (id serial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10, 2) CHECK (price >= 0),
                      tags text[], detail jsonb, made date);
CREATE TABLE line (article int REFERENCES article, amount int, PRIMARY KEY (article, amount));
INSERT INTO article (name, price, tags, detail, made)
SELECT 'article ' || n, n * 1.25, ARRAY['t' || n % 3, 'u' || n % 7], jsonb_build_object('n', n, 'odd', n % 2 = 1),
       date '2001-01-01' + n
FROM generate_series(1, 2000) AS n;
INSERT INTO line SELECT n % 2000 + 1, n FROM generate_series(1, 20000) AS n;
ANALYZE;

-- joins, windows, aggregates, recursion
SELECT tags[1], count(*), sum(price), min(made), max(detail ->> 'n') FROM article GROUP BY 1 ORDER BY 1;
SELECT name, price, rank() OVER (PARTITION BY tags[2] ORDER BY price DESC) FROM article ORDER BY id LIMIT 40;
SELECT a.name, sum(l.amount) FROM article a JOIN line l ON l.article = a.id GROUP BY a.name ORDER BY 2 DESC, 1 LIMIT 20;
WITH RECURSIVE fib(a, b) AS (VALUES (0::numeric, 1::numeric) UNION ALL SELECT b, a + b FROM fib WHERE b < 1e50)
SELECT a FROM fib;

-- answers of several megabytes: one wide, one long
SELECT string_agg(md5(n::text), '' ORDER BY n) FROM generate_series(1, 100000) AS n;
SELECT n, repeat(chr(65 + n % 26), n % 300) FROM generate_series(1, 20000) AS n;

-- transactions
BEGIN;
UPDATE article SET price = price * 2 WHERE id <= 100;
SAVEPOINT before_the_fault;
INSERT INTO article (name) VALUES ('article 1');
SELECT 'the transaction is broken';
ROLLBACK TO before_the_fault;
DELETE FROM line WHERE article <= 100;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
DELETE FROM line;
ROLLBACK;
SELECT count(*), sum(amount) FROM line;

-- prepared statements
PREPARE cheap (numeric, int) AS SELECT id, name, price FROM article WHERE price < $1 ORDER BY id DESC LIMIT $2;
EXECUTE cheap (100, 5);
EXECUTE cheap (1000, 3);
EXECUTE cheap ('not a number', 3);
DEALLOCATE cheap;

-- a cursor, read in parts
BEGIN;
DECLARE walk SCROLL CURSOR FOR SELECT id, detail FROM article ORDER BY id;
FETCH 3 FROM walk;
FETCH ABSOLUTE 1000 FROM walk;
FETCH BACKWARD 2 FROM walk;
CLOSE walk;
COMMIT;

-- a function that talks on the side
CREATE OR REPLACE FUNCTION grumble(times int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..times LOOP
        RAISE NOTICE 'grumble %', n;
    END LOOP;
    RETURN times;
END $$;
SELECT grumble(100);
DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = 'VA001', HINT = 'nothing to mend'; END $$;

-- faults
SELECT nonsense;
SELEC 1;
SELECT 1 / 0;
INSERT INTO article (name, price) VALUES ('negative', -1);
INSERT INTO line VALUES (99999, 1);

-- types, and several statements in one message
SELECT NULL, true, 1.5::float8, 'infinity'::float8, '\xdeadbeef'::bytea, '{1,2}'::int[], '1 day 2 hours'::interval,
       'é ü 漢字 🐘', point(1, 2), '[1,5)'::int4range, '192.168.0.0/16'::cidr;
SELECT 1 AS first \; SELECT 2 AS second \; SELECT 3 AS third;
SELECT 40 AS n, 'two' AS word \gset got_
SELECT :got_n + 2, :'got_word';
SELECT format('SELECT %s * %s', n, n) FROM generate_series(1, 3) AS n \gexec
SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM article AS t;
SELECT md5(string_agg(t::text, '|' ORDER BY article, amount)) FROM line AS t;
