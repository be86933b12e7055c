#ifndef FAULT_INJECTION_H
#define FAULT_INJECTION_H

// Stands between a program and the system (LD_PRELOAD) and counts every call by which it could change,
// lock or map files below one folder; ends the program at one of them, lets one fail, and writes down
// what they did. Tests choose by environment variables:
//
//   FAULT_FOLDER   files below it count; without it nothing is watched
//   FAULT_LOG      where to append a record of every call, see `struct record`
//   FAULT_STEP     at this step (from 1) the program is ended, or stopped where FAULT_STOP is set. A write
//                  has a step for each page of 4096 bytes, any other call one. The steps before it are
//                  done, and nothing behind them.
//   FAULT_CALL     the call (from 1) that fails with the error number FAULT_ERROR; with 0 a write is cut
//                  short after half its bytes. All later calls of its kind fail, too, with FAULT_LASTING.
//   FAULT_MAP      the first mappings of a file that are longer are refused, so that maps have to grow
//   FAULT_TIME     what time(2) says, so that the same commands make the same commits
//
// Synchronising does nothing but count: what a program has written stays when it is killed, and the
// records say what a power cut may take away.
#include <stdint.h>

enum kind {
  WRITE = 1,     // bytes at an offset
  SYNCHRONIZE,   // of a file or a directory
  TRUNCATE,      // to `offset` bytes
  RENAME,        // the bytes are the new path
  REMOVE,
  OPEN,          // `flags` are the caller's
  MAP,           // `offset` bytes
  LOCK,
};

// A call that was done, little-endian, followed by the path and the bytes.
struct record {
  int32_t kind;
  int32_t flags;  // of OPEN; of a WRITE, 1 where it is durable when it returns
  int64_t call;
  int64_t first_step;
  int64_t offset;
  int64_t path_length;
  int64_t byte_count;
};

#endif
