// Command apprentice reads the event logs that Spark writes, learns from every
// night's runs, and leaves settings files per pipeline with their reasons.
//
// This is the only room that sees all others, and the only one that knows the
// clock, the environment and the terminal:
//
//  1. config.go describes every setting once; flags, environment variables,
//     the file and `init` come from that description.
//  2. ingest.go turns logs that are new into rows, many at a time, committed
//     in the order in which they were found.
//  3. decide.go judges runs, learns and writes what people use.
//  4. Each command has a file: its options, its flags, its run function.
//  5. main.go turns the error that is left into an exit code.
package main
