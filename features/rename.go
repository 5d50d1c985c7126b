package features

import "github.com/spark-apprentice/apprentice/internal/sparkconf"

// Rename gives runs the names that rules would have given them when they were
// read, so that a new rule also holds for logs that are long gone. It returns
// the indices of the runs whose Pipeline changed. A run that nothing but its
// main class names keeps its name: the class is not among its columns.
func Rename(runs []Run, rules []PipelineRule) []int {
	var changed []int
	for i := range runs {
		r := &runs[i]
		name := sparkconf.RedactText(pipelineOf(rules, r.AppName, "", r.ConfLogged))
		if name == unnamed || name == r.Pipeline {
			continue
		}
		r.Pipeline = name
		changed = append(changed, i)
	}
	return changed
}
