package learner

import (
	"errors"
	"fmt"
	"path"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A Price is what an hour costs on the clusters whose id matches a pattern: by
// core and GiB, or by node, of which a container is charged the larger of its
// shares of cores and memory.
type Price struct {
	Cluster      string  // pattern over runs.cluster_id, "*" for all
	CoreHour     float64 // of one executor core
	GiBHour      float64 // of one GiB of container memory
	NodeHour     float64 // of a whole node, with NodeCores and NodeMemory
	NodeCores    int64
	NodeMemory   int64   // bytes
	SpotShare    float64 // part of the capacity that is bought as spot
	SpotDiscount float64 // part of the price that spot saves
}

// perHour prices cores and bytes held for an hour.
func (p Price) perHour(cores, bytes float64) float64 {
	sum := cores*p.CoreHour + bytes/float64(sparkconf.GiB)*p.GiBHour
	if p.NodeHour > 0 {
		share := cores / float64(p.NodeCores)
		if p.NodeMemory > 0 {
			share = max(share, bytes/float64(p.NodeMemory))
		}
		sum += share * p.NodeHour
	}
	return sum * (1 - p.SpotShare*p.SpotDiscount)
}

// priceOf is the first price whose pattern matches the cluster. False: none
// does, and the weights CorePrice and MemoryPrice stand in, which are nobody's
// bill.
func (c Config) priceOf(cluster string) (Price, bool) {
	for _, p := range c.Prices {
		if matchesCluster(p.Cluster, cluster) {
			return p, true
		}
	}
	return Price{CoreHour: c.CorePrice, GiBHour: c.MemoryPrice}, false
}

// matchesCluster: '*' of path.Match stops at a slash, and ids hold URLs.
func matchesCluster(pattern, id string) bool {
	ok, _ := path.Match(pattern, id)
	return ok || pattern == "*" || pattern == id
}

func checkPrices(list []Price) error {
	for i, p := range list {
		bad := func(format string, args ...any) error {
			return fmt.Errorf("learner: price %d: "+format, append([]any{i + 1}, args...)...)
		}
		if _, err := path.Match(p.Cluster, ""); err != nil || p.Cluster == "" {
			return bad("%q is no pattern of a cluster; \"*\" matches all", p.Cluster)
		}
		for _, v := range []float64{p.CoreHour, p.GiBHour, p.NodeHour, float64(p.NodeCores), float64(p.NodeMemory)} {
			if !(v >= 0) {
				return bad("a price must not be negative")
			}
		}
		switch {
		case p.NodeHour > 0 && p.NodeCores == 0:
			return bad("node-hour needs node-cores beside it")
		case p.CoreHour+p.GiBHour+p.NodeHour == 0:
			return bad("it has no core-hour, gib-hour or node-hour")
		case !(p.SpotShare >= 0 && p.SpotShare <= 1 && p.SpotDiscount >= 0 && p.SpotDiscount <= 1):
			return errors.New("learner: prices: spot-share and spot-discount are parts, from 0 to 1")
		}
	}
	return nil
}
