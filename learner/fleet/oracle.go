package fleet

import "math"

// The oracle's grid: candidates of the built-in agents. Memory and cores are
// the team's, which costs nothing more than they pay.
var (
	gridPartitions = []float64{8, 16, 32, 64, 128, 200, 400, 800, 1600}
	gridSplit      = []float64{16 * mib, 32 * mib, 64 * mib, 128 * mib, 256 * mib, 512 * mib}
	gridThreshold  = []float64{-1, 10 * mib, 32 * mib, 64 * mib, 100 * mib}
)

// oracle is the least true time over the grid, of settings that do not die
// with half again of the input.
func (p *pipeline) oracle(night int, logSize float64) float64 {
	d, team := p.dataOn(night), read(p.team)
	partitions := gridPartitions
	if p.files.setBy != "" {
		team.partitions = size(p.files.value)
		partitions = nil
	}
	best := surface(d, team, logSize).seconds
	for _, k := range combine(team, partitions) {
		if t := surface(d, k, logSize); t.seconds < best && (d.holds == 0 || !surface(d, k, logSize+math.Log(1.5)).dies) {
			best = t.seconds
		}
	}
	return best
}

func combine(team knobs, partitions []float64) []knobs {
	var list []knobs
	for _, n := range append([]float64{team.partitions}, partitions...) {
		for _, split := range gridSplit {
			for _, threshold := range gridThreshold {
				for _, adaptive := range []bool{false, true} {
					k := team
					k.partitions, k.split, k.threshold, k.adaptive = n, split, threshold, adaptive
					list = append(list, k)
				}
			}
		}
	}
	return list
}
