package learner

import (
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// clusterLimits finds the largest containers that ran, by cluster.
func clusterLimits(runs []features.Run) map[string]limits {
	m := map[string]limits{}
	for i := range runs {
		r := &runs[i]
		if r.Outcome != features.Succeeded {
			continue
		}
		s := inForce(r)
		l := m[r.ClusterID]
		if c, ok := container(s, sparkconf.Detect(r.SparkVersion, r.ConfLogged)); ok {
			l.container = max(l.container, c)
		}
		if r.ExecutorsMax > 0 {
			l.cores = max(l.cores, r.CoresMax/r.ExecutorsMax)
		}
		m[r.ClusterID] = l
	}
	return m
}
