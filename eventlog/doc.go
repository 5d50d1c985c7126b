// Package eventlog reads the event logs that Apache Spark writes.
//
// From bytes to events:
//
//  1. Package source finds logs in directories and globs and groups files into
//     Logs: single files, rolling directories, Databricks directories.
//  2. Package codec recognises each part's framing by its first bytes and
//     decodes it as a stream.
//  3. The Reader cuts lines, parses each into one of the event types and hands
//     it out as a Record. A bad line is a *SyntaxError record; it costs itself.
//
// A Reader's memory is bounded by its Options and does not grow with the log.
// The next room, package features, gets Records in the order of the log and
// nothing else.
package eventlog
