package report

import "github.com/spark-apprentice/apprentice/learner"

// Plain puts s on one line and escapes what a terminal or a browser would obey
// instead of show: control characters, characters that reorder or hide text,
// and what is no UTF-8.
func Plain(s string) string { return plain(s) }

// Work says in a few words what a stage does: the operators that cost, else its
// name.
func Work(operators []string, name string) string { return work(operators, name) }

// DirName is the directory of a pipeline's settings files below the output.
func DirName(pipeline string) string { return dirName(pipeline) }

// Expected says what settings are expected to do to the run time, with the
// ratio's 90 % interval.
func Expected(e learner.Expected) string { return expected(e) }
