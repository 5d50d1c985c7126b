package html

import (
	"maps"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// inForce is a run's value of a key where the log says it.
func inForce(run *features.Run) []setting {
	version, err := sparkconf.ParseVersion(run.SparkVersion)
	list := []setting{}
	for _, key := range slices.Sorted(maps.Keys(run.ConfEffective)) {
		s := run.ConfEffective[key]
		if s.Source == features.FromUnknown {
			continue
		}
		out := setting{Key: show(key), Value: show(s.Value), Source: s.Source}
		if err == nil {
			if k, ok := sparkconf.Lookup(key, version); ok && !k.Unset {
				out.Default = show(k.Default)
				out.Same = sparkconf.Canonical(key, k.Default) == sparkconf.Canonical(key, s.Value)
			}
		}
		list = append(list, out)
	}
	return list
}
