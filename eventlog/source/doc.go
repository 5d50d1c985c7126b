// Package source finds event logs where they live.
//
//  1. Find takes files, directories and globs; directories are descended, and
//     the archives that a history server hands out (zip) are looked into.
//  2. The files of each directory are grouped into logs: a rolling log
//     (eventlog_v2_*), a Databricks log (eventlog, eventlog-<time>.gz), or one
//     log per file. Nothing is decoded here.
//  3. What is certainly no log by its name is left out of a directory. A file
//     that was named itself is always taken.
//
// The names are those of Spark's EventLogFileWriters; see package eventlog for
// what is read from the logs.
package source
