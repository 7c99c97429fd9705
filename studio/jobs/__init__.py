"""Long work: a row in the database, a folder, and a process of its own.

The row (`studio.store.jobs`) is what everybody sees. The folder (`folder`) is how a job and the
studio talk: what to do, what was done, flags to stop or pause, the log, the outcome. The process
(`worker`) runs one function of `kinds`, step by step. Since all of it is in files, a job survives
the page that started it, and a studio that comes back after a crash knows the truth.

One **scheduler** a data folder starts jobs and follows them: the process that holds the folder's
lock (`studio.lock`) runs it. With `studio serve` that is the server, and a job of a CLI call is a
row that the server's scheduler takes up while the call waits and watches the row. Without a server
the call takes the lock itself, runs a scheduler for its own job alone, and lets go. Rows are short
SQLite writes that any process may make at any time; only the scheduler starts processes.

Importing this package imports neither torch nor any job.
"""
