CREATE TABLE before ();
SELECT 1 / 0;
CREATE TABLE after ();
