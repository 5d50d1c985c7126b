package learner

import (
	"fmt"
	"strconv"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

func (c *cold) bytes(key string, or int64) int64 {
	if n, err := sparkconf.ParseSize(c.base[key], 1); err == nil {
		return n
	}
	return or
}

// propose notes a setting unless it is the default, or cannot be set there.
func (c *cold) propose(key, value, why string) {
	value = sparkconf.Canonical(key, value)
	if value == c.base[key] {
		return
	}
	for _, a := range c.agents {
		for _, k := range a.Keys {
			if k.Name != key {
				continue
			}
			if ok, no := k.allowed(c.site.version, c.site.cluster); !ok {
				c.rec.Rejected = append(c.rec.Rejected, Rejected{Settings: map[string]string{key: value}, Why: no})
				return
			}
			c.rec.Settings[key] = Proposed{Value: value, Current: c.base[key], Evidence: formula, Why: why}
			return
		}
	}
}

// partitions sets the first number of shuffle partitions: as many as keep one
// within AQE's advisory size, and its rows in memory within a task's share. Slots
// that this leaves idle get partitions too while these keep the least size that
// AQE leaves alone (coalescePartitions.minPartitionSize), or up to as many as
// tasks write them. AQE merges what is too small from there.
func (c *cold) partitions() {
	aqe := c.base["spark.sql.adaptive.enabled"] == "true" && c.base[adaptive+"coalescePartitions.enabled"] == "true"
	advisory := c.bytes(adaptive+"advisoryPartitionSizeInBytes", 64*sparkconf.MiB)
	target, why := advisory, "AQE's advisory size"
	if room := int64(float64(c.perTask) / unpackedPerByte); room > 0 && room < target {
		target, why = room, "what a task's memory holds unpacked"
	}
	n := max((c.shuffled+target-1)/target, 1)
	least := max(c.bytes(adaptive+"coalescePartitions.minPartitionSize", sparkconf.MiB), 1)
	how := "in whole waves of " + count(int(c.slots), "slot")
	waves := roundUp(n, c.slots)
	if fill := min(c.slots, max(c.shuffled/least, c.maps)); n < fill {
		waves = fill
		if fill < c.slots {
			how = fmt.Sprintf("no more than one for each %s or for each task that writes them: %s have no use for more", about(least), count(int(c.slots), "slot"))
		}
	} else if n < c.slots {
		waves, how = n, fmt.Sprintf("no more of them: %s have no use for smaller ones", count(int(c.slots), "slot"))
	}
	key := "spark.sql.shuffle.partitions"
	if aqe {
		key = adaptive + "coalescePartitions.initialPartitionNum"
	}
	if float64(waves) > leastFactor*defaultPartitions || float64(waves)*leastFactor < defaultPartitions {
		c.propose(key, strconv.FormatInt(waves, 10),
			fmt.Sprintf("%s of shuffle in partitions of at most %s (%s), %s", about(c.shuffled), about(target), why, how))
	}
	if waves > partitionsBound {
		c.rec.Advice = append(c.rec.Advice, fmt.Sprintf("More than %d partitions: map statuses hold averages then, and AQE sees no skew.", partitionsBound))
	}
	if aqe && target*leastFactor <= advisory && c.shuffled > target*c.slots {
		// What AQE merges must fit in a task's memory too.
		c.propose(adaptive+"advisoryPartitionSizeInBytes", sparkconf.FormatSize(max(target/sparkconf.MiB, 1)*sparkconf.MiB), "a task's memory holds no more unpacked")
	}
}

// now is the value that a run with the file so far would have.
func (c *cold) now(key string) string {
	if p, ok := c.rec.Settings[key]; ok {
		return p.Value
	}
	return c.base[key]
}

// skew asks Spark's own rule whether AQE would split the hot key's partition.
func (c *cold) skew() {
	if !c.run.HotShare.OK || c.run.HotShare.V <= 0 || c.shuffled == 0 {
		return
	}
	on := c.now(adaptive+"enabled") == "true"
	parts := int64(defaultPartitions)
	if n, ok := whole(c.now("spark.sql.shuffle.partitions")); ok {
		parts = n
	}
	if n, ok := whole(c.now(adaptive + "coalescePartitions.initialPartitionNum")); ok && on && c.now(adaptive+"coalescePartitions.enabled") == "true" {
		parts = n
	}
	hot := int64(c.run.HotShare.V * float64(c.shuffled))
	sizes := make([]int64, max(parts, 2))
	for i := range sizes {
		sizes[i] = (c.shuffled - hot) / int64(len(sizes))
	}
	sizes[0] += hot
	size := func(key string, or int64) int64 {
		if n, err := sparkconf.ParseSize(c.now(key), 1); err == nil {
			return n
		}
		return or
	}
	const threshold, factor = adaptive + "skewJoin.skewedPartitionThresholdInBytes", adaptive + "skewJoin.skewedPartitionFactor"
	rule := replay.Skew{Factor: 5, Threshold: size(threshold, 256*sparkconf.MiB), Advisory: size(adaptive+"advisoryPartitionSizeInBytes", 64*sparkconf.MiB)}
	if f, ok := number64(c.now(factor)); ok {
		rule.Factor = f
	}
	say := func(why string) {
		if sizes[0] > 2*sizes[1] {
			c.rec.Advice = append(c.rec.Advice, fmt.Sprintf("The hot key's partition has about %s, the others %s: %s; one task will take that much longer.", about(sizes[0]), about(sizes[1]), why))
		}
	}
	if !on || c.now(adaptive+"skewJoin.enabled") != "true" {
		say("AQE, which could split it in a join, is off")
		return
	}
	limit, _ := rule.Limit(sizes)
	if sizes[0] > limit {
		c.rec.Advice = append(c.rec.Advice, fmt.Sprintf("The hot key's partition has about %s: AQE splits it in a join (limit %s), in an aggregate or a window nothing does.", about(sizes[0]), about(limit)))
		return
	}
	// Twice the advisory size is where a split makes two whole pieces.
	for _, mib := range []int64{128, 64} {
		lower := rule
		lower.Threshold = mib * sparkconf.MiB
		if at, _ := lower.Limit(sizes); sizes[0] > at && sizes[0] >= 2*rule.Advisory {
			c.propose(threshold, sparkconf.FormatSize(lower.Threshold), fmt.Sprintf("the hot key's partition of about %s stays below the limit of %s, and AQE would not split it in a join", about(sizes[0]), about(limit)))
			return
		}
	}
	say("too small for AQE to split")
}
