package report

// Plain puts s on one line and escapes what a terminal or a browser would obey
// instead of show: control characters, characters that reorder or hide text,
// and what is no UTF-8.
func Plain(s string) string { return plain(s) }

// Work says in a few words what a stage does: the operators that cost, else its
// name.
func Work(operators []string, name string) string { return work(operators, name) }

// DirName is the directory of a pipeline's settings files below the output.
func DirName(pipeline string) string { return dirName(pipeline) }
