#include "sqlite_linux.h"
#include <string.h>

// Of the files that SQLite opens, two are changed a little: what is written into the log
// is held until its sync, and before the database's lock for writing is given back nothing
// may be held any more, because what another program writes then has the same place in the
// log. (A change that was taken back leaves something, if it was too large for memory.)
// Without the lock nothing is held: a connection that has the database to itself
// (locking_mode=EXCLUSIVE) takes none, and nothing tells here when its change is over.
// Each of the two is SQLite's own file with another table of functions, which stands
// behind it together with what it needs.

typedef struct extra extra;
struct extra {
  sqlite3_io_methods methods;
  const sqlite3_io_methods *sqlites; // what it does but for the changes
  sqlite3_file *log;                 // of a database, once it has one
  sqlite3_file *database;            // of a log,
  int locked;                        // for its writing, by this connection
  char *held;                        // what is not in the log's file yet,
  int n;                             // its length,
  sqlite3_int64 at;                  // and where in the file it belongs
  int failed;                        // why nothing more is written before the lock is given back
};

// SQLite writes at most 128 KiB less one byte at a time (seekAndWriteFd in os_unix.c).
#define ROOM (124 * 1024)

static sqlite3_vfs *sqlites, ours;

static int rounded(int size) { return (size + 15) & ~15; }

static extra *of(sqlite3_file *file) { return (extra *)((char *)file + rounded(sqlites->szOsFile)); }

// flush writes what is held. After a failure, which SQLite takes the whole change back for,
// nothing else of the change gets into the file.
static int flush(sqlite3_file *file) {
  extra *log = of(file);
  if (log->n > 0 && !log->failed) log->failed = log->sqlites->xWrite(file, log->held, log->n, log->at);
  log->n = 0;
  return log->failed;
}

static int log_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 at) {
  extra *log = of(file);
  if (!log->locked) return log->sqlites->xWrite(file, data, n, at);
  if (at != log->at + log->n || n > ROOM - log->n) {
    int failed = flush(file);
    if (failed) return failed;
    log->at = at;
  }
  if (n > ROOM) return log->sqlites->xWrite(file, data, n, at);
  memcpy(log->held + log->n, data, n);
  log->n += n;
  return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *data, int n, sqlite3_int64 at) {
  int failed = flush(file);
  return failed ? failed : of(file)->sqlites->xRead(file, data, n, at);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int failed = flush(file);
  return failed ? failed : of(file)->sqlites->xTruncate(file, size);
}

static int log_sync(sqlite3_file *file, int flags) {
  int failed = flush(file);
  return failed ? failed : of(file)->sqlites->xSync(file, flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size) {
  int failed = flush(file);
  return failed ? failed : of(file)->sqlites->xFileSize(file, size);
}

static int log_close(sqlite3_file *file) {
  extra *log = of(file);
  of(log->database)->log = 0; // what it holds is of a change that never ended
  sqlite3_free(log->held);
  return log->sqlites->xClose(file);
}

static int database_lock(sqlite3_file *file, int first, int n, int flags) {
  extra *database = of(file);
  extra *log = first == WAL_WRITE_LOCK && database->log ? of(database->log) : 0;
  if (log && (flags & SQLITE_SHM_UNLOCK)) {
    flush(database->log);
    log->failed = log->locked = 0;
  }
  int failed = database->sqlites->xShmLock(file, first, n, flags);
  if (log && !failed && (flags & SQLITE_SHM_LOCK)) log->locked = 1;
  return failed;
}

static int open_log(const char *name, sqlite3_file *file) {
  extra *log = of(file);
  log->database = sqlite3_database_file_object(name);
  if (!log->database || log->database->pMethods != &of(log->database)->methods) return SQLITE_ERROR;
  log->held = sqlite3_malloc(ROOM);
  if (!log->held) return SQLITE_NOMEM;
  of(log->database)->log = file;
  log->methods.xWrite = log_write;
  log->methods.xRead = log_read;
  log->methods.xTruncate = log_truncate;
  log->methods.xSync = log_sync;
  log->methods.xFileSize = log_size;
  log->methods.xClose = log_close;
  return SQLITE_OK;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  (void)vfs;
  int failed = sqlites->xOpen(sqlites, name, file, flags, out);
  if (failed || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))) return failed;
  extra *x = of(file);
  memset(x, 0, sizeof *x);
  x->sqlites = file->pMethods;
  memcpy(&x->methods, x->sqlites, sizeof x->methods);
  if (x->methods.iVersion > 3) x->methods.iVersion = 3; // a later table goes on after what was copied
  if (flags & SQLITE_OPEN_MAIN_DB) {
    x->methods.xShmLock = database_lock;
  } else if ((failed = open_log(name, file))) {
    x->sqlites->xClose(file);
    file->pMethods = 0;
    return failed;
  }
  file->pMethods = &x->methods;
  return SQLITE_OK;
}

int muster_logfile(const char *name) {
  sqlites = sqlite3_vfs_find(0);
  if (!sqlites || sqlites->iVersion < 3) return SQLITE_ERROR;
  memcpy(&ours, sqlites, sizeof ours);
  ours.iVersion = 3;
  ours.pNext = 0;
  ours.zName = name;
  ours.szOsFile = rounded(sqlites->szOsFile) + (int)sizeof(extra);
  ours.xOpen = open_file;
  return sqlite3_vfs_register(&ours, 0);
}
