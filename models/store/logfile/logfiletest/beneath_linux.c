#include "sqlite_linux.h"
#include <string.h>

#define SQLITE_FULL 13

// SQLite's own files, but that a log's may have no room, and that it is counted what of
// it was written since its last sync.

static sqlite3_vfs *sqlites, beneath;
static sqlite3_io_methods methods;
static const sqlite3_io_methods *plain;

int muster_full;
int muster_unsynced;

static int log_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 at) {
  if (muster_full) return SQLITE_FULL;
  muster_unsynced += n;
  return plain->xWrite(file, data, n, at);
}

static int log_sync(sqlite3_file *file, int flags) {
  muster_unsynced = 0;
  return plain->xSync(file, flags);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  (void)vfs;
  int failed = sqlites->xOpen(sqlites, name, file, flags, out);
  if (failed || !(flags & SQLITE_OPEN_WAL)) return failed;
  plain = file->pMethods;
  memcpy(&methods, plain, sizeof methods);
  methods.xWrite = log_write;
  methods.xSync = log_sync;
  file->pMethods = &methods;
  return SQLITE_OK;
}

int muster_beneath(void) {
  sqlites = sqlite3_vfs_find(0);
  if (!sqlites) return SQLITE_ERROR;
  memcpy(&beneath, sqlites, sizeof beneath);
  beneath.iVersion = 3;
  beneath.pNext = 0;
  beneath.zName = "beneath";
  beneath.xOpen = open_file;
  return sqlite3_vfs_register(&beneath, 1);
}
