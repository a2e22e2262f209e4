-- Nothing in the answers depends on time, on chance or on what ran before.
SET sql_notes = 0;
DROP TABLE IF EXISTS line, article, picture;
DROP PROCEDURE IF EXISTS walk;
DROP FUNCTION IF EXISTS twice;
SET sql_notes = 1;

CREATE TABLE article (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE, price DECIMAL(10, 2),
                      kind ENUM('a', 'b', 'c'), detail JSON, made DATE, CHECK (price >= 0)) ENGINE=InnoDB;
CREATE TABLE line (article INT, amount INT, PRIMARY KEY (article, amount),
                   CONSTRAINT of_article FOREIGN KEY (article) REFERENCES article (id)) ENGINE=InnoDB;
INSERT INTO article (name, price, kind, detail, made)
SELECT CONCAT('article ', seq), seq * 1.25, 1 + seq % 3, JSON_OBJECT('n', seq, 'odd', seq % 2), '2001-01-01' + INTERVAL seq DAY
FROM seq_1_to_2000;
INSERT INTO line SELECT seq % 2000 + 1, seq FROM seq_1_to_20000;

-- joins, windows, aggregates, recursion
SELECT kind, COUNT(*), SUM(price), MIN(made), MAX(JSON_VALUE(detail, '$.n')) FROM article GROUP BY kind ORDER BY kind;
SELECT name, price, RANK() OVER (PARTITION BY kind ORDER BY price DESC) AS place FROM article ORDER BY id LIMIT 40;
SELECT a.name, SUM(l.amount) AS total FROM article a JOIN line l ON l.article = a.id
GROUP BY a.name ORDER BY total DESC, a.name LIMIT 20;
WITH RECURSIVE fib (n, a, b) AS (SELECT 1, 0, 1 UNION ALL SELECT n + 1, b, a + b FROM fib WHERE n < 40)
SELECT a FROM fib;
EXPLAIN SELECT * FROM article WHERE id = 7;

-- answers of several megabytes: one wide, one long
SELECT REPEAT('0123456789abcdef', 300000) AS wide;
SELECT seq, MD5(seq), REPEAT(CHAR(65 + seq % 26), seq % 300) FROM seq_1_to_20000;

-- a value of more than one packet of 16 MB, made on the server; its checksum comes back
SET SESSION net_read_timeout = 60;
CREATE TABLE picture (id INT PRIMARY KEY, content LONGBLOB) ENGINE=InnoDB;
INSERT INTO picture VALUES (1, REPEAT('vaurien!', 2500000));
SELECT id, LENGTH(content), SHA1(content) FROM picture;
SELECT content FROM picture;

-- transactions
START TRANSACTION;
UPDATE article SET price = price * 2 WHERE id <= 100;
SAVEPOINT before_the_fault;
INSERT INTO article (name) VALUES ('article 1');
DELETE FROM line WHERE article <= 100;
ROLLBACK TO before_the_fault;
COMMIT;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
START TRANSACTION;
DELETE FROM line;
ROLLBACK;
SELECT COUNT(*), SUM(amount) FROM line;

-- prepared statements
PREPARE cheap FROM 'SELECT id, name, price FROM article WHERE price < ? ORDER BY id DESC LIMIT ?';
SET @price = 100, @rows = 5;
EXECUTE cheap USING @price, @rows;
EXECUTE cheap USING @rows, @rows;
EXECUTE cheap USING @price;
DEALLOCATE PREPARE cheap;
EXECUTE cheap USING @price, @rows;

-- a procedure with a cursor and several results in one answer
DELIMITER //
CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2//
CREATE PROCEDURE walk(IN most INT, OUT total INT)
BEGIN
    DECLARE found, finished INT DEFAULT 0;
    DECLARE ids CURSOR FOR SELECT id FROM article ORDER BY id LIMIT 50;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET finished = 1;
    SET total = 0;
    OPEN ids;
    reading: LOOP
        FETCH ids INTO found;
        IF finished OR found > most THEN LEAVE reading; END IF;
        SET total = total + twice(found);
        SELECT found, total;
    END LOOP;
    CLOSE ids;
    SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'on purpose';
END//
DELIMITER ;
CALL walk(10, @total);
SHOW WARNINGS;
SELECT @total;
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'nothing to mend';

-- faults
SELECT nonsense;
SELEC 1;
INSERT INTO article (name, price) VALUES ('negative', -1);
INSERT INTO line VALUES (99999, 1);
SELECT 1 / 0;
SHOW WARNINGS;

-- types
SELECT NULL, TRUE, 1.5e0, 18446744073709551615, X'DEADBEEF', DATE '2001-02-03', TIME '12:34:56', 'é ü 漢字 🐘',
       HEX(COMPRESS('vaurien')), INET6_NTOA(INET6_ATON('::1'));
CHECKSUM TABLE article, line;
