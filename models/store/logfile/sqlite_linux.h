// What SQLite promises those who put something around its files, as far as this package
// uses it (https://www.sqlite.org/c3ref/vfs.html, io_methods.html). Later versions of
// SQLite add to the ends of these tables and leave what is here.

typedef long long sqlite3_int64;
typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct sqlite3_file sqlite3_file;

typedef struct {
  int iVersion;
  int (*xClose)(sqlite3_file *);
  int (*xRead)(sqlite3_file *, void *, int, sqlite3_int64);
  int (*xWrite)(sqlite3_file *, const void *, int, sqlite3_int64);
  int (*xTruncate)(sqlite3_file *, sqlite3_int64);
  int (*xSync)(sqlite3_file *, int);
  int (*xFileSize)(sqlite3_file *, sqlite3_int64 *);
  int (*xLock)(sqlite3_file *, int);
  int (*xUnlock)(sqlite3_file *, int);
  int (*xCheckReservedLock)(sqlite3_file *, int *);
  int (*xFileControl)(sqlite3_file *, int, void *);
  int (*xSectorSize)(sqlite3_file *);
  int (*xDeviceCharacteristics)(sqlite3_file *);
  int (*xShmMap)(sqlite3_file *, int, int, int, void volatile **);
  int (*xShmLock)(sqlite3_file *, int, int, int);
  void (*xShmBarrier)(sqlite3_file *);
  int (*xShmUnmap)(sqlite3_file *, int);
  int (*xFetch)(sqlite3_file *, sqlite3_int64, int, void **);
  int (*xUnfetch)(sqlite3_file *, sqlite3_int64, void *);
} sqlite3_io_methods; // version 3

struct sqlite3_file {
  const sqlite3_io_methods *pMethods;
};

struct sqlite3_vfs {
  int iVersion;
  int szOsFile; // the room of a file
  int mxPathname;
  sqlite3_vfs *pNext;
  const char *zName;
  void *pAppData;
  int (*xOpen)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
  void *others[15]; // version 3
};

#define SQLITE_OK 0
#define SQLITE_ERROR 1
#define SQLITE_NOMEM 7
#define SQLITE_OPEN_MAIN_DB 0x00000100
#define SQLITE_OPEN_WAL 0x00080000
#define SQLITE_SHM_UNLOCK 1
#define SQLITE_SHM_LOCK 2
#define WAL_WRITE_LOCK 0 // https://www.sqlite.org/walformat.html#wal_locks

// The functions are in the driver's own copy of SQLite, which the linker adds at the end.
#define DRIVERS __attribute__((weak)) extern

DRIVERS sqlite3_vfs *sqlite3_vfs_find(const char *);
DRIVERS int sqlite3_vfs_register(sqlite3_vfs *, int);
DRIVERS sqlite3_file *sqlite3_database_file_object(const char *);
DRIVERS void *sqlite3_malloc(int);
DRIVERS void sqlite3_free(void *);

int muster_logfile(const char *name);
